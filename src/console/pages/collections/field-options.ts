import type { Texts } from '../../texts/index.ts';

type OptionTexts = Texts['definition']['options'];

/** A type of fields, as definitions name it. */
export type FieldTypeName = keyof Texts['definition']['types'];

/**
 * How an option is typed in.
 *
 * - `count`: a whole number from 0, where 0 is the usual; nothing typed is 0.
 * - `length`, `number`, `date`: a bound, or nothing.
 * - `lines`, `constants`: texts, one a line; constants may be numbers.
 * - `json`: JSON, or nothing.
 * - `collection`: one of the collections.
 * - `start`: what a column of SQL begins with: a kind, and for one of them a value.
 */
export type OptionKind =
  | 'text'
  | 'code'
  | 'count'
  | 'length'
  | 'number'
  | 'date'
  | 'flag'
  | 'lines'
  | 'constants'
  | 'json'
  | 'collection'
  | 'start';

/** An option of a field. */
export interface FieldOption {
  /** As definitions name it. */
  readonly name: string;
  readonly kind: OptionKind;
  readonly label: keyof OptionTexts;
  /** What a new field has that says nothing, where it is not nothing, 0 or no. */
  readonly initial?: string;
  /** What of `texts.definition.hints` stands below it; those of its label stand there without. */
  readonly hint?: keyof Texts['definition']['hints'];
  /** Chosen with a new field, and never changed. */
  readonly isFinal?: boolean;
}

/** Kinds of what a column begins with, in the order in which they are offered. */
export type StartKind = keyof Texts['definition']['defaults'];

const zero = { kind: 'count', hint: 'zero' } as const;
const nullable = { name: 'nullable', kind: 'flag', label: 'nullable', initial: '1' } as const;
const writeOnly = { name: 'writeOnly', kind: 'flag', label: 'writeOnly' } as const;
const start = { name: 'default', kind: 'start', label: 'default' } as const;
const constants = { name: 'values', kind: 'constants', label: 'allowed' } as const;
const pattern = { name: 'pattern', kind: 'code', label: 'pattern' } as const;
const domains: readonly FieldOption[] = [
  { name: 'onlyDomains', kind: 'lines', label: 'onlyDomains' },
  { name: 'exceptDomains', kind: 'lines', label: 'exceptDomains' },
];
const numbers: readonly FieldOption[] = [
  { name: 'min', kind: 'number', label: 'min', hint: 'noBound' },
  { name: 'max', kind: 'number', label: 'max', hint: 'noBound' },
];

/** The options that fields of each type have beside those of all. */
export const optionsOfType: Readonly<Record<FieldTypeName, readonly FieldOption[]>> = {
  text: [
    { name: 'min', label: 'minLength', kind: 'count' },
    { name: 'max', label: 'maxLength', ...zero },
    pattern,
    { name: 'autogeneratePattern', kind: 'code', label: 'autogeneratePattern' },
  ],
  number: [...numbers, { name: 'onlyInt', kind: 'flag', label: 'onlyInt' }],
  bool: [],
  email: domains,
  url: domains,
  editor: [
    { name: 'maxSize', label: 'maxSize', ...zero },
    { name: 'convertURLs', kind: 'flag', label: 'convertURLs' },
  ],
  date: [
    { name: 'min', kind: 'date', label: 'min', hint: 'date' },
    { name: 'max', kind: 'date', label: 'max', hint: 'date' },
  ],
  autodate: [
    { name: 'onCreate', kind: 'flag', label: 'onCreate', initial: '1' },
    { name: 'onUpdate', kind: 'flag', label: 'onUpdate' },
  ],
  select: [
    { name: 'values', kind: 'lines', label: 'values' },
    { name: 'maxSelect', kind: 'count', label: 'maxSelect', hint: 'list', initial: '1' },
  ],
  json: [
    { name: 'maxSize', label: 'maxSize', ...zero },
    nullable,
    { name: 'schema', kind: 'json', label: 'schema' },
    { name: 'default', kind: 'json', label: 'default' },
  ],
  file: [
    { name: 'maxSelect', kind: 'count', label: 'maxSelect', hint: 'list', initial: '1' },
    { name: 'maxSize', label: 'maxSize', ...zero },
    { name: 'mimeTypes', kind: 'lines', label: 'mimeTypes' },
    { name: 'thumbs', kind: 'lines', label: 'thumbs' },
    { name: 'protected', kind: 'flag', label: 'protected' },
  ],
  relation: [
    { name: 'collectionId', kind: 'collection', label: 'collectionId', isFinal: true },
    { name: 'minSelect', kind: 'count', label: 'minSelect' },
    { name: 'maxSelect', kind: 'count', label: 'maxSelect', hint: 'list', initial: '1' },
    { name: 'cascadeDelete', kind: 'flag', label: 'cascadeDelete' },
    { name: 'equalsId', kind: 'flag', label: 'equalsId', isFinal: true },
  ],
  password: [
    { name: 'min', kind: 'count', label: 'minLength', initial: '8' },
    { name: 'max', label: 'maxLength', ...zero },
    pattern,
    { name: 'cost', label: 'cost', ...zero },
  ],
  geoPoint: [],
  integer: [nullable, start, ...numbers, constants, writeOnly],
  real: [nullable, start, ...numbers, constants, writeOnly],
  string: [
    nullable,
    start,
    { name: 'minLength', kind: 'length', label: 'minLength', hint: 'noBound' },
    { name: 'maxLength', kind: 'length', label: 'maxLength', hint: 'noBound' },
    pattern,
    constants,
    writeOnly,
  ],
  bytes: [nullable, start, constants, writeOnly],
  uuid: [nullable, start, constants, writeOnly],
  any: [nullable, start, constants, writeOnly],
  geometry: [nullable, writeOnly],
};

/** What columns of SQL may begin with. */
export const startsOfType: Partial<Readonly<Record<FieldTypeName, readonly StartKind[]>>> = {
  integer: ['none', 'value', 'now.unix'],
  real: ['none', 'value', 'now.unix'],
  string: ['none', 'value', 'now.text', 'uuid.4', 'uuid.7'],
  bytes: ['none', 'value', 'uuid.4', 'uuid.7'],
  uuid: ['none', 'value', 'uuid.4', 'uuid.7'],
  any: ['none', 'value', 'now.unix', 'now.text', 'uuid.4', 'uuid.7'],
};

const shown: readonly FieldOption[] = [
  { name: 'hidden', kind: 'flag', label: 'hidden' },
  { name: 'presentable', kind: 'flag', label: 'presentable' },
];

/** The options of fields of every type; what the server sets itself is neither asked for nor required. */
export function commonOptions(type: FieldTypeName): readonly FieldOption[] {
  if (type === 'autodate') return shown;
  return [
    { name: 'help', kind: 'text', label: 'help' },
    { name: 'required', kind: 'flag', label: 'required' },
    ...shown,
  ];
}

/** Every option of fields of a type. */
export function allOptions(type: FieldTypeName): readonly FieldOption[] {
  return [...commonOptions(type), ...optionsOfType[type]];
}

/** Whether fields can have this type. */
export function isFieldType(name: string): name is FieldTypeName {
  return Object.hasOwn(optionsOfType, name);
}
