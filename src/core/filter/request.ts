import type { Collection } from '../collections/collection.ts';
import type { RecordValues } from '../records/record.ts';
import type { PathModifier } from './ast.ts';
import { badFilter } from './bad-filter.ts';
import { type BindInput, hasPath, type Read, readPath } from './bound.ts';
import { nullValue, type Placeholders, type Value } from './value.ts';

/** The values of the caller's own record. */
export function callerValues({ actor }: BindInput): RecordValues | undefined {
  return actor.kind === 'guest' ? undefined : actor.record;
}

/** The values of the sent body. */
export function bodyValues({ call }: BindInput): RecordValues | undefined {
  return call.body;
}

/**
 * A `@request.*` path that is read from the request alone: no table has to be asked. What does not exist is NULL.
 *
 * @throws AppError `bad_filter` for sections and modifiers that do not exist.
 */
export function requestValue(
  placeholders: Placeholders,
  props: readonly string[],
  modifier: PathModifier | undefined,
  caller: Collection | undefined,
): Value {
  const [section, ...path] = props;
  const name = `@request.${props.join('.')}`;
  switch (section) {
    case 'context':
    case 'method':
      if (path.length > 0 || modifier !== undefined) throw badFilter(`invalid path "${name}"`);
      return placeholders.value(name, 'never', ({ actor }) => actor.request[section]);
    case 'query':
    case 'headers':
    case 'body':
      if (path.length === 0) throw badFilter(`invalid path "${name}"`);
      return sentValue(placeholders, name, section, path, modifier);
    case 'auth':
      if (path.length === 0 || modifier !== undefined) throw badFilter(`invalid path "${name}"`);
      return callerValue(placeholders, name, path, caller);
    default:
      throw badFilter(`unknown path "${name}"`);
  }
}

function sentValue(
  placeholders: Placeholders,
  name: string,
  section: 'query' | 'headers' | 'body',
  path: readonly string[],
  modifier: PathModifier | undefined,
): Value {
  if (modifier === 'isset') {
    const isSet = section === 'body' ? bodyHas(path) : isPresent(readFact(section, path));
    return placeholders.value(`${name}|isset`, 'never', isSet);
  }
  if (modifier !== undefined) throw badFilter(`"${name}" has no modifier ${modifier}`);
  const read = section === 'body' ? bodyRead(path) : readFact(section, path);
  return placeholders.value(name, 'maybe', read);
}

function bodyRead(path: readonly string[]): Read {
  return (input) => readPath(bodyValues(input), path);
}

function bodyHas(path: readonly string[]): Read {
  return (input) => hasPath(bodyValues(input), path);
}

function isPresent(read: Read): Read {
  return (input) => read(input) !== undefined;
}

function readFact(section: 'query' | 'headers', path: readonly string[]): Read {
  const [key, ...rest] = path;
  if (key === undefined || rest.length > 0) return () => undefined;
  return section === 'query'
    ? ({ actor }) => actor.request.query(key)
    : ({ actor }) => actor.request.header(key);
}

/** Facts of the caller that are no fields, or fields below a json value. */
function callerValue(
  placeholders: Placeholders,
  name: string,
  path: readonly string[],
  caller: Collection | undefined,
): Value {
  if (!caller) return nullValue;
  if (path.length === 1 && path[0] === 'collectionId')
    return placeholders.value(name, 'never', () => caller.id);
  if (path.length === 1 && path[0] === 'collectionName')
    return placeholders.value(name, 'never', () => caller.name);
  return placeholders.value(name, 'maybe', (input) => readPath(callerValues(input), path));
}
