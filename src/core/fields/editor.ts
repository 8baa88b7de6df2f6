import type { Field, FieldType } from './field.ts';
import { readOptions } from './options.ts';
import { plainText } from './plain-text.ts';
import { fine, issue, unreadable } from './values.ts';

/** Rich text as HTML, kept as it was sent. */
export interface EditorField extends Field {
  readonly type: 'editor';
  /** Bytes; 0 means 5 MiB. */
  readonly maxSize: number;
  /** A hint for editors: turn absolute links into relative ones. */
  readonly convertURLs: boolean;
}

const DEFAULT_MAX_SIZE = 5 * 1024 * 1024;

/** See {@link EditorField}. */
export const editorType: FieldType<EditorField> = {
  type: 'editor',
  parse(input, base) {
    const options = readOptions(input);
    const maxSize = options.integer('maxSize');
    const convertURLs = options.flag('convertURLs');
    return { field: { ...base, type: 'editor', maxSize, convertURLs }, issues: options.issues };
  },
  ...plainText,
  validate(value, field) {
    if (typeof value !== 'string') return unreadable;
    if (value === '') return field.required ? issue('required') : fine;
    const max = maxSizeOf(field);
    return Buffer.byteLength(value) > max ? issue('content_size_limit', { max }) : fine;
  },
  bodyAllowance: maxSizeOf,
};

function maxSizeOf(field: EditorField): number {
  return field.maxSize > 0 ? field.maxSize : DEFAULT_MAX_SIZE;
}
