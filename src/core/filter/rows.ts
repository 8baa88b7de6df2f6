import { type SQL, sql } from 'drizzle-orm';
import type { Collection } from '../collections/collection.ts';
import type { Field } from '../fields/field.ts';
import { badFilter } from './bad-filter.ts';
import { columnFacts, listOf } from './columns.ts';
import type { Context, Site } from './context.ts';
import type { Frame, Join, Row } from './frame.ts';

/** The rows of a collection that nothing ties to the record; each alias is a row of its own. */
export function collectionRow(context: Context, collection: Collection, alias: string): Row {
  const key = `@collection.${collection.id}:${alias}`;
  const source = () => sql`${sql.identifier(collection.name)}`;
  return rowOf(context, key, collection, undefined, true, { source });
}

/** The record(s) that a relation field points to. */
export function relatedRow(context: Context, site: Site, field: Field): Site {
  const { target, multiple } = columnFacts(field);
  const collection = target === undefined ? undefined : context.schema.byId(target);
  if (!collection) throw badFilter(`field "${field.name}" is no relation`);
  if (multiple) {
    const list = listRow(context, site, field);
    return join(context, list, 'id', collection, false, {
      column: 'id',
      outer: (frame) => frame.column(list, 'value'),
    });
  }
  return join(context, site, field.name, collection, false, {
    column: 'id',
    outer: (frame) => read(site, frame, field.name),
  });
}

/** The records of another collection that point here. `unique`: there is at most one. */
export function referrerRow(
  context: Context,
  site: Site,
  collection: Collection,
  field: Field,
  unique: boolean,
): Site {
  const { multiple } = columnFacts(field);
  const step = `${collection.id}_via_${field.name}`;
  // Relations hold text, whatever the id is: so their index serves the comparison.
  const asText = site.kind === 'row' && site.collection.idKind === 'integer';
  const id = (frame: Frame) =>
    asText ? sql`CAST(${read(site, frame, 'id')} AS TEXT)` : read(site, frame, 'id');
  if (!multiple) return join(context, site, step, collection, !unique, { column: field.name, outer: id });
  return join(context, site, step, collection, true, undefined, (frame, alias) => {
    const list = listOf(sql`${sql.identifier(alias)}.${sql.identifier(field.name)}`);
    return sql`EXISTS (SELECT 1 FROM json_each(${list}) WHERE value = ${id(frame)})`;
  });
}

/** The elements of a list. Comparisons that name no `turn` see the same element. */
export function listRow(context: Context, site: Site, field: Field, turn?: number): Row {
  const parent = parentOf(site);
  const source = (frame: Frame) => sql`json_each(${listAt(site, frame, field.name)})`;
  return rowOf(context, `${keyOf(site)}/${field.name}[]${turn ?? ''}`, undefined, parent, true, { source });
}

function join(
  context: Context,
  from: Site | Row,
  step: string,
  collection: Collection,
  many: boolean,
  link: Join['link'],
  also?: (frame: Frame, alias: string) => SQL,
): Site {
  const isSite = 'kind' in from;
  const guarded = context.trust === 'client' && guardRule(collection) !== '';
  const key = `${isSite ? keyOf(from) : from.key}/${step}${guarded ? '!' : ''}`;
  const parent = isSite ? parentOf(from) : from;
  const joined: Join = {
    source: () => sql`${sql.identifier(collection.name)}`,
    link,
    on: (frame, alias) => {
      const tests = [also?.(frame, alias), guarded ? context.listRule(collection, alias) : undefined];
      const held = tests.filter((test) => test !== undefined);
      return held.length > 0 ? sql.join(held, sql` AND `) : undefined;
    },
  };
  return { kind: 'row', row: rowOf(context, key, collection, parent, many, joined, guarded), collection };
}

/** A client sees through a relation only what it could list there. */
function guardRule(collection: Collection): string {
  const { list } = collection.rules;
  if (list === null) throw badFilter(`collection "${collection.name}" cannot be filtered by`);
  return list;
}

function rowOf(
  context: Context,
  key: string,
  collection: Collection | undefined,
  parent: Row | undefined,
  many: boolean,
  joined: Join,
  guarded = false,
): Row {
  const closed = many ? `${key}${context.closure}` : key;
  const known = context.rows.get(closed);
  if (known) return known;
  const before = parent?.multi ?? [];
  const row: Row = {
    key: closed,
    collection,
    parent,
    multi: many ? [...before, closed] : before,
    join: joined,
    guarded,
  };
  context.rows.set(closed, row);
  return row;
}

function keyOf(site: Site): string {
  return site.kind === 'row' ? site.row.key : site.prefix;
}

function parentOf(site: Site): Row | undefined {
  return site.kind === 'row' ? site.row : undefined;
}

function read(site: Site, frame: Frame, name: string): SQL {
  return site.kind === 'row' ? frame.column(site.row, name) : site.value(name).sql(frame);
}

function listAt(site: Site, frame: Frame, name: string): SQL {
  if (site.kind === 'row') return listOf(frame.column(site.row, name));
  const value = site.value(name);
  return value.bound ? value.bound('list') : value.sql(frame);
}
