import type { Sql, SqlCall } from './ast.ts';
import { blobText, numberValue, plainNumber, uuidText } from './literals.ts';
import { type Place, SqlProblem, shown } from './problem.ts';

/** The default of a column in the core's words. */
export type DefaultDefinition =
  | { readonly kind: 'value'; readonly value: string | number }
  | { readonly kind: 'now'; readonly form: 'unix' | 'text' }
  | { readonly kind: 'uuid'; readonly version: 4 | 7 };

/** The types of fields that have a default of their own. */
export type DefaultedType = 'integer' | 'real' | 'string' | 'bytes' | 'uuid' | 'any';

/**
 * Reads the DEFAULT of a column (specs/trailbase.md 3, 14): literals, the moment, new UUIDs. Null for NULL.
 *
 * @throws SqlProblem for what the column's type or the core does not know
 */
export function readDefault(value: Sql, type: DefaultedType): DefaultDefinition | null {
  switch (value.kind) {
    case 'null':
      return null;
    case 'bool':
      if (type !== 'integer' && type !== 'any') throw wrongType(value.at);
      return constant(value.value ? 1 : 0);
    case 'number': {
      const plain = plainNumber(value);
      if (type === 'string' || type === 'bytes' || type === 'uuid') throw wrongType(value.at);
      if (type === 'integer' && !Number.isInteger(Number(plain.text))) throw wrongType(value.at);
      return constant(numberValue(plain));
    }
    case 'text':
      if (type !== 'string' && type !== 'any') throw wrongType(value.at);
      return constant(value.value);
    case 'blob': {
      const text = type === 'bytes' ? blobText(value.hex) : type === 'uuid' ? uuidText(value.hex) : undefined;
      if (text === undefined) throw wrongType(value.at);
      return constant(text);
    }
    case 'call':
      return readCall(value, type);
    default:
      throw new SqlProblem(value.at, 'a DEFAULT is a literal, the moment or a new UUID.');
  }
}

function readCall(call: SqlCall, type: DefaultedType): DefaultDefinition {
  const { name, args, at } = call;
  const [first] = args;
  const isNow = args.length === 0 || (args.length === 1 && first?.kind === 'text' && first.value === 'now');
  if (name === 'unixepoch' && isNow && type === 'integer') return { kind: 'now', form: 'unix' };
  if ((name === 'datetime' || name === 'current_timestamp') && isNow && type === 'string')
    return { kind: 'now', form: 'text' };
  if (isNewUuid(call) && (type === 'uuid' || type === 'bytes')) return newUuid(call);
  if (
    name === 'uuid_text' &&
    first?.kind === 'call' &&
    isNewUuid(first) &&
    args.length === 1 &&
    type === 'string'
  )
    return newUuid(first);
  throw new SqlProblem(at, `the default ${shown(name)} is not supported for a column of this type.`);
}

function isNewUuid({ name, args }: SqlCall): boolean {
  return (name === 'uuid_v4' || name === 'uuid_v7') && args.length === 0;
}

function newUuid({ name }: SqlCall): DefaultDefinition {
  return { kind: 'uuid', version: name === 'uuid_v4' ? 4 : 7 };
}

function constant(value: string | number): DefaultDefinition {
  return { kind: 'value', value };
}

function wrongType(at: Place): SqlProblem {
  return new SqlProblem(at, 'the default is of another type than the column.');
}
