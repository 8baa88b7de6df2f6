import { crc32 } from 'node:zlib';
import type { Issue } from '../errors.ts';
import type { Field } from './field.ts';
import { findFieldType } from './index.ts';
import { lengthIssue, type OptionReader, readOptions } from './options.ts';

/** A field read from a definition, and what is wrong with it. Undefined when not even its type is known. */
export interface ParsedDefinition {
  readonly field: Field | undefined;
  readonly issues: readonly Issue[];
}

const MAX_NAME = 100;
const MAX_ID = 100;
const MAX_HELP = 300;
const RESERVED = new Set([
  '__proto__',
  'null',
  'true',
  'false',
  '_rowid_',
  'expand',
  'collectionid',
  'collectionname',
]);

/**
 * Reads a field of a definition (specs/pocketbase.md 3 and 4). Unknown keys are dropped; a missing id becomes the type and
 * the CRC-32 of the name. Issues have `path` before the option's name, e.g. `fields.3.maxSelect`.
 */
export function parseField(input: unknown, path: string): ParsedDefinition {
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return { field: undefined, issues: [{ path, code: 'invalid_value' }] };
  }
  const definition: Readonly<Record<string, unknown>> = { ...input };
  const options = readOptions(definition);
  const typeName = options.text('type');
  const type = findFieldType(typeName);
  if (type === undefined) {
    const code = typeName === '' ? 'required' : 'in_invalid';
    return { field: undefined, issues: [{ path: `${path}.type`, code }] };
  }
  const { field, issues } = type.parse(definition, readBase(options, typeName));
  const all = [...options.issues, ...issues].map((issue) => ({ ...issue, path: `${path}.${issue.path}` }));
  return {
    field,
    issues: all.filter((issue, at) => all.findIndex(({ path: p }) => p === issue.path) === at),
  };
}

/** The id that a field gets which comes without one. */
export function defaultFieldId(type: string, name: string): string {
  return type + crc32(name);
}

function readBase(options: OptionReader, type: string): Field {
  const name = options.text('name');
  checkFieldName(name, options);
  const id = options.text('id') || defaultFieldId(type, name);
  const help = options.text('help');
  const tooLong = lengthIssue('id', id, 1, MAX_ID) ?? lengthIssue('help', help, 0, MAX_HELP);
  if (tooLong !== undefined) options.report(tooLong.path, tooLong.code, tooLong.params);
  return {
    id,
    name,
    type,
    system: options.flag('system'),
    hidden: options.flag('hidden'),
    presentable: options.flag('presentable'),
    help,
    required: options.flag('required'),
  };
}

function checkFieldName(name: string, options: OptionReader): void {
  const lower = name.toLowerCase();
  const tooLong = lengthIssue('name', name, 1, MAX_NAME);
  if (name === '') options.report('name', 'required');
  else if (tooLong !== undefined) options.report('name', tooLong.code, tooLong.params);
  else if (!/^\w+$/.test(name)) options.report('name', 'match_invalid');
  else if (RESERVED.has(lower)) options.report('name', 'not_in_invalid');
  else if (lower.includes('_via_')) options.report('name', 'found_via');
}
