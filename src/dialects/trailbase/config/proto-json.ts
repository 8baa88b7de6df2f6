import type { Place } from '../sql/problem.ts';
import type { ProtoMessage, ProtoValue } from './textproto.ts';

/** JSON has no lines worth telling. */
export const IN_JSON: Place = { line: 1, column: 1 };

/** A JSON object with the keys of a message, as a message: null and undefined say nothing. */
export function messageOf(input: object): ProtoMessage {
  const fields = new Map<string, readonly ProtoValue[]>();
  for (const [key, value] of Object.entries(input)) {
    if (value === null || value === undefined) continue;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    fields.set(key, values.map(protoValue));
  }
  return { fields };
}

function protoValue(value: unknown): ProtoValue {
  if (typeof value === 'object' && value !== null)
    return { kind: 'message', at: IN_JSON, message: { fields: new Map() } };
  if (typeof value === 'string') return { kind: 'text', at: IN_JSON, text: value };
  return { kind: 'scalar', at: IN_JSON, text: String(value) };
}
