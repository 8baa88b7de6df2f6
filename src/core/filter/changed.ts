import { isDeepStrictEqual } from 'node:util';
import type { Field } from '../fields/field.ts';
import { badFilter } from './bad-filter.ts';
import { hasPath, readPath } from './bound.ts';
import type { Context } from './context.ts';
import type { Value } from './value.ts';

/** `@request.body.x:changed`: whether a field was sent with another value than the stored one. */
export function changedValue(context: Context, field: Field | undefined, rest: readonly string[]): Value {
  if (!field || rest.length > 0) throw badFilter('only fields of the body have the modifier changed');
  const path = [field.name];
  return context.placeholders.value(`@request.body.${field.name}|changed`, 'never', ({ call }) => {
    if (!hasPath(call.body, path)) return false;
    return !isDeepStrictEqual(readPath(call.body, path), readPath(call.stored, path));
  });
}
