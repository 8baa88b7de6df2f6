import type { Issue } from '../errors.ts';
import { fileOptions, isAllowedType, maxFileSizeOf } from '../files/file-options.ts';
import { UploadedFile } from '../files/stored-file.ts';
import type { Field, FieldType, Modifier } from './field.ts';
import { readOptions } from './options.ts';
import { convertMultiplicity, fine, issue, textFromDb, textsFromDb, toItems, unreadable } from './values.ts';

/** Stored files, by their public names. On the way in a value may also hold `UploadedFile`s. */
export interface FileField extends Field {
  readonly type: 'file';
  /** Bytes of one file; 0 means the default of `files/file-options.ts`. */
  readonly maxSize: number;
  /** Above 1 the value is a list. */
  readonly maxSelect: number;
  /** Allowed content types; empty allows all. */
  readonly mimeTypes: readonly string[];
  /** Sizes in which pictures may be asked for, e.g. `100x100t`. */
  readonly thumbs: readonly string[];
  /** Reading needs a file token and the collection's view rule. */
  readonly protected: boolean;
}

const THUMB = /^\d{1,6}x\d{1,6}[tbf]?$/;
const NO_SIZE = /^0+x0+[tbf]?$/;

type Item = string | UploadedFile;

/** See {@link FileField}. Names that the record does not hold already are refused (SECURITY-REQUIREMENTS 3.7). */
export const fileType: FieldType<FileField> = {
  type: 'file',
  holdsFiles: true,
  parse(input, base) {
    const options = readOptions(input);
    const field: FileField = {
      ...base,
      type: 'file',
      maxSize: options.integer('maxSize'),
      maxSelect: options.integer('maxSelect'),
      mimeTypes: options.texts('mimeTypes'),
      thumbs: options.texts('thumbs'),
      protected: options.flag('protected'),
    };
    for (const [index, thumb] of field.thumbs.entries()) {
      if (NO_SIZE.test(thumb)) options.report(`thumbs.${index}`, 'not_in_invalid');
      else if (!THUMB.test(thumb)) options.report(`thumbs.${index}`, 'match_invalid');
    }
    return { field, issues: options.issues };
  },
  isMultiple,
  column: (field) => (isMultiple(field) ? "JSON DEFAULT '[]' NOT NULL" : "TEXT DEFAULT '' NOT NULL"),
  traits: (field) => ({ kind: 'text', multiple: isMultiple(field) }),
  zero: (field) => (isMultiple(field) ? [] : ''),
  fromDb(value, field) {
    if (isMultiple(field)) return textsFromDb(value);
    const text = textFromDb(value);
    return text.startsWith('[') ? (textsFromDb(value).at(-1) ?? '') : text;
  },
  toDb(value, field) {
    const names = (readItems(value) ?? []).map(nameOf);
    return isMultiple(field) ? JSON.stringify(names) : (names.at(-1) ?? '');
  },
  cast(input, field) {
    const items = readItems(input);
    return items === undefined ? input : settle(items, field);
  },
  modify(current, modifier, input, field) {
    if (modifier === 'autogenerate') return undefined;
    const sent = readItems(input);
    return sent === undefined ? input : settle(combine(readItems(current) ?? [], modifier, sent), field);
  },
  validate(value, field, { original }) {
    const items = readItems(value);
    if (items === undefined) return unreadable;
    if (items.length === 0) return field.required ? issue('required') : fine;
    const held = new Set((readItems(original) ?? []).map(nameOf));
    const strange = items.filter((item): item is string => typeof item === 'string' && !held.has(item));
    if (strange.length > 0)
      return issue('invalid_file', { names: strange.map((name) => name.slice(0, 250)) });
    const max = Math.max(1, field.maxSelect);
    if (items.length > max) return issue('too_many_files', { max });
    const uploads = items.filter((item) => item instanceof UploadedFile);
    return uploads.map((upload) => checkUpload(upload, field)).find((issues) => issues.length > 0) ?? fine;
  },
  convert: (before, after) => convertMultiplicity(isMultiple(before), isMultiple(after)),
  bodyAllowance: (field, maxFileSize) => maxFileSizeOf(field, maxFileSize) * Math.max(1, field.maxSelect),
};

function checkUpload(upload: UploadedFile, field: FileField): readonly Issue[] {
  const max = fileOptions(field).maxSize;
  if (upload.size > max) return issue('file_size_limit', { name: upload.originalName, max });
  if (isAllowedType(upload.type, field.mimeTypes)) return fine;
  return issue('invalid_mime_type', { name: upload.originalName, types: field.mimeTypes });
}

function isMultiple(field: FileField): boolean {
  return field.maxSelect > 1;
}

/** Names and uploads without blanks and doubles; undefined when something else is among them. */
function readItems(input: unknown): readonly Item[] | undefined {
  const items = toItems(input).filter((item) => item !== '' && item !== null);
  if (!items.every((item): item is Item => typeof item === 'string' || item instanceof UploadedFile))
    return undefined;
  return [...new Set(items)];
}

function settle(items: readonly Item[], field: FileField): unknown {
  return isMultiple(field) ? items : (items.at(-1) ?? '');
}

function nameOf(item: Item): string {
  return typeof item === 'string' ? item : item.name;
}

function combine(current: readonly Item[], modifier: Modifier, sent: readonly Item[]): readonly Item[] {
  if (modifier === 'subtract') {
    const gone = new Set(sent.map(nameOf));
    return current.filter((item) => !gone.has(nameOf(item)));
  }
  return [...new Set(modifier === 'prepend' ? [...sent, ...current] : [...current, ...sent])];
}
