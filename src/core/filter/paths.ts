import { sql } from 'drizzle-orm';
import { AppError } from '../errors.ts';
import type { Field } from '../fields/field.ts';
import type { PathModifier } from './ast.ts';
import { badFilter } from './bad-filter.ts';
import { readPath } from './bound.ts';
import { changedValue } from './changed.ts';
import { columnFacts, countOf, fieldOf, jsonAt, jsonValue } from './columns.ts';
import type { Context, Site } from './context.ts';
import type { Frame, Row } from './frame.ts';
import { isUnique } from './indexes.ts';
import { bodyValues, callerValues, requestValue } from './request.ts';
import { collectionRow, listRow, referrerRow, relatedRow } from './rows.ts';
import { type Guard, nullValue, type Value } from './value.ts';

const MAX_HOPS = 6;
const PROP = /^\w+$/;

/**
 * Resolves a path against the schema (specs/pocketbase.md 1.9).
 *
 * @throws AppError `bad_filter` for what does not exist or may not be used; `forbidden` reason `superusers_filter` for a
 *   client's `@collection.` and `@request.`.
 */
export function resolvePath(context: Context, path: string, modifier: PathModifier | undefined): Value {
  const props = path.split('.');
  const [first] = props;
  if (first === '@collection' || first === '@request') {
    if (context.trust === 'client') throw superusersOnly(`${first}.`);
    return first === '@collection'
      ? ofCollection(context, props, modifier)
      : ofRequest(context, props, modifier);
  }
  const site: Site = { kind: 'row', row: context.root, collection: context.collection };
  return walk(context, site, props, modifier, missing);
}

/** A client reached for what only superusers may filter by. */
export function superusersOnly(path: string): AppError {
  return new AppError('forbidden', { reason: 'superusers_filter', params: { path } });
}

function missing(prop: string): Value {
  throw badFilter(`unknown field "${prop}"`);
}

/** `@collection.name:alias.field…` */
function ofCollection(context: Context, props: readonly string[], modifier: PathModifier | undefined): Value {
  const [name = '', alias = '', ...more] = (props[1] ?? '').split(':');
  const collection = context.schema.find(name);
  if (!collection || more.length > 0 || props.length < 3)
    throw badFilter(`unknown path "${props.join('.')}"`);
  const row = collectionRow(context, collection, alias);
  return walk(context, { kind: 'row', row, collection }, props.slice(2), modifier, missing);
}

function ofRequest(context: Context, props: readonly string[], modifier: PathModifier | undefined): Value {
  const [, section, name, ...rest] = props;
  if (!props.every((prop, at) => at === 0 || PROP.test(prop)))
    throw badFilter(`invalid path "${props.join('.')}"`);
  if (section === 'auth' && name !== undefined && modifier !== 'isset' && modifier !== 'changed') {
    return ofCaller(context, [name, ...rest], modifier);
  }
  if (section === 'body') {
    if (!context.hasBody) return nullValue;
    const field = fieldOf(context.collection, name ?? '');
    if (modifier === 'changed') return changedValue(context, field, rest);
    if (field) return ofBody(context, field, rest, modifier);
  }
  const sent = section === 'query' || section === 'headers' || section === 'body';
  if (modifier === 'lower' && sent)
    return lower(requestValue(context.placeholders, props.slice(1), undefined, undefined));
  return requestValue(context.placeholders, props.slice(1), modifier, context.caller);
}

function ofCaller(context: Context, props: readonly string[], modifier: PathModifier | undefined): Value {
  const { caller, placeholders } = context;
  if (!caller) return nullValue;
  if (props.length === 1 && modifier === undefined && !fieldOf(caller, props[0] ?? '')) {
    return requestValue(placeholders, ['auth', ...props], modifier, caller);
  }
  const prefix = '@request.auth';
  const site: Site = {
    kind: 'request',
    prefix,
    collection: caller,
    value: (name) =>
      placeholders.value(`${prefix}.${name}`, name === 'id' ? 'never' : 'maybe', (input) =>
        readPath(callerValues(input), [name]),
      ),
  };
  return walk(context, site, props, modifier, () => nullValue);
}

function ofBody(
  context: Context,
  field: Field,
  rest: readonly string[],
  modifier: PathModifier | undefined,
): Value {
  const { placeholders, collection } = context;
  const facts = columnFacts(field);
  const asList = context.anyElement === true && facts.multiple;
  const asField = modifier === 'each' || modifier === 'length' || modifier === 'lower' || asList;
  if (!(facts.target !== undefined && rest.length > 0) && !(asField && rest.length === 0)) {
    const value = requestValue(placeholders, ['body', field.name, ...rest], modifier, undefined);
    return rest.length === 0 && modifier === undefined ? { ...value, blankIsNull: facts.blankIsNull } : value;
  }
  const prefix = '@request.body';
  const site: Site = {
    kind: 'request',
    prefix,
    collection,
    value: (name) =>
      placeholders.value(`${prefix}.${name}`, 'maybe', (input) => readPath(bodyValues(input), [name])),
  };
  return walk(context, site, [field.name, ...rest], modifier, () => nullValue);
}

function walk(
  context: Context,
  start: Site,
  props: readonly string[],
  modifier: PathModifier | undefined,
  onMissing: (prop: string) => Value,
): Value {
  let site = start;
  for (const [at, prop] of props.entries()) {
    if (!PROP.test(prop)) throw badFilter(`invalid path "${props.join('.')}"`);
    const rest = props.slice(at + 1);
    const field = fieldOf(site.collection, prop);
    if (field) checkVisible(context, site, field);
    if (rest.length === 0) return field ? lastValue(context, site, field, modifier) : onMissing(prop);
    const facts = field && columnFacts(field);
    if (field && (facts?.kind === 'json' || facts?.kind === 'geo')) {
      return nestedValue(context, site, field, rest, modifier);
    }
    if (at >= MAX_HOPS) throw badFilter(`more than ${MAX_HOPS} relations in "${props.join('.')}"`);
    // `rel.id` is what the relation's own column holds; no need to ask the other table.
    if (field && facts?.target !== undefined && !facts.multiple && rest.length === 1 && rest[0] === 'id') {
      return lastValue(context, site, field, modifier);
    }
    const next = field ? relatedRow(context, site, field) : referrer(context, site, prop);
    if (!next) return onMissing(prop);
    site = next;
  }
  throw badFilter('empty path');
}

/** Callers neither filter nor sort by what they may not read. */
function checkVisible(context: Context, site: Site, field: Field): void {
  if (context.trust !== 'client' || site.kind !== 'row') return;
  if (!field.hidden && columnFacts(field).readable) return;
  throw badFilter(`field "${field.name}" cannot be filtered`);
}

/** `collection_via_field`; names of collections cannot contain `_via_`. */
function referrer(context: Context, site: Site, prop: string): Site | undefined {
  const split = prop.indexOf('_via_');
  if (split === -1) return undefined;
  const collection = context.schema.find(prop.slice(0, split));
  const field = collection && fieldOf(collection, prop.slice(split + '_via_'.length));
  if (!collection || !field) return undefined;
  if (columnFacts(field).target !== site.collection.id) return undefined;
  if (context.trust === 'client' && field.hidden) throw badFilter(`field "${field.name}" cannot be filtered`);
  return referrerRow(context, site, collection, field, isUnique(collection, field.name));
}

function lastValue(context: Context, site: Site, field: Field, modifier: PathModifier | undefined): Value {
  const facts = columnFacts(field);
  const counts = modifier === 'each' || modifier === 'length';
  if (modifier === 'isset' || modifier === 'changed' || (counts && !facts.countable)) {
    throw badFilter(`field "${field.name}" has no modifier ${modifier}`);
  }
  if (modifier === 'each' && facts.multiple) {
    return elementValue(listRow(context, site, field));
  }
  if (context.anyElement === true && facts.multiple && modifier !== 'length') {
    const value = someElement(listRow(context, site, field, context.rows.size));
    return modifier === 'lower' ? lower(value) : value;
  }
  if (site.kind === 'request') {
    return requestField({ ...site.value(field.name), blankIsNull: facts.blankIsNull }, modifier);
  }
  const { row } = site;
  const plain = columnValue(context, row, field);
  if (modifier === 'length') {
    const count = (frame: Frame) => sql`(${countOf(frame.column(row, field.name))})`;
    // A missing row counts as none: the count is never NULL, so it does not depend on the row.
    return {
      ...plain,
      row: undefined,
      column: undefined,
      notNull: true,
      empty: 'never',
      exact: false,
      blankIsNull: false,
      sql: count,
    };
  }
  return modifier === 'lower' ? lower(plain) : plain;
}

function requestField(value: Value, modifier: PathModifier | undefined): Value {
  if (modifier === 'lower') return lower(value);
  const bound = value.bound;
  if (modifier !== 'length' || !bound) return value;
  return {
    ...value,
    notNull: true,
    empty: 'never',
    blankIsNull: false,
    sql: () => bound('length'),
    bound: () => bound('length'),
  };
}

function lower(value: Value): Value {
  const bound = value.bound;
  const folded: Value = { ...value, column: undefined, sql: (frame) => sql`LOWER(${value.sql(frame)})` };
  return bound ? { ...folded, bound: (form) => sql`LOWER(${bound(form)})` } : folded;
}

function elementValue(row: Row): Value {
  return {
    sql: (frame) => frame.column(row, 'value'),
    row,
    notNull: false,
    empty: 'maybe',
    exact: false,
    multi: row.multi,
    everyValue: true,
    guards: guardsOf(row),
  };
}

/** As {@link elementValue}, but an empty list has no element that could equal something empty. */
function someElement(row: Row): Value {
  const exists: Guard = { row, sql: (frame) => sql`${frame.column(row, 'key')} IS NOT NULL` };
  return { ...elementValue(row), guards: [exists, ...guardsOf(row)] };
}

function columnValue(context: Context, row: Row, field: Field): Value {
  const { kind, notNull, blankIsNull } = columnFacts(field);
  const holdsNumbers = kind === 'number' || kind === 'bool';
  const guards = guardsOf(row);
  if (context.trust === 'client' && field.name === 'email' && row.collection?.type === 'auth') {
    guards.push({ row, sql: (frame) => sql`${frame.column(row, 'emailVisibility')} = 1` });
  }
  return {
    sql: (frame) => {
      const column = frame.column(row, field.name);
      return kind === 'json' ? sql`(${jsonValue(column)})` : column;
    },
    row,
    column: field.name,
    notNull: notNull && kind !== 'json',
    empty: field.name === 'id' || (notNull && holdsNumbers) ? 'never' : 'maybe',
    exact: kind === 'json' || kind === 'geo',
    blankIsNull,
    multi: row.multi,
    everyValue: true,
    guards,
  };
}

/** A value inside a json or geo point field. */
function nestedValue(
  context: Context,
  site: Site,
  field: Field,
  path: readonly string[],
  modifier: PathModifier | undefined,
): Value {
  if (!path.every((step) => PROP.test(step))) throw badFilter(`invalid path below "${field.name}"`);
  if (modifier !== undefined && modifier !== 'lower')
    throw badFilter(`"${field.name}" has no modifier ${modifier}`);
  const value = nestedPlain(context, site, field, path);
  return modifier === 'lower' ? lower(value) : value;
}

function nestedPlain(context: Context, site: Site, field: Field, path: readonly string[]): Value {
  if (site.kind === 'request') {
    const section = site.prefix === '@request.auth' ? 'auth' : 'body';
    return requestValue(context.placeholders, [section, field.name, ...path], undefined, context.caller);
  }
  const { row } = site;
  return {
    sql: (frame) => sql`(${jsonAt(frame.column(row, field.name), path)})`,
    row,
    notNull: false,
    empty: 'maybe',
    exact: true,
    multi: row.multi,
    everyValue: true,
    guards: guardsOf(row),
  };
}

/** The last row on the way that stands under another collection's list rule must be there. */
function guardsOf(row: Row): Guard[] {
  for (let at: Row | undefined = row; at; at = at.parent) {
    const guarded = at;
    if (guarded.guarded)
      return [{ row: guarded, sql: (frame) => sql`${frame.column(guarded, 'id')} IS NOT NULL` }];
  }
  return [];
}
