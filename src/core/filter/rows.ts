import { type SQL, sql } from 'drizzle-orm';
import type { Collection } from '../collections/collection.ts';
import type { Field } from '../fields/field.ts';
import { badFilter } from './bad-filter.ts';
import { columnFacts, listOf } from './columns.ts';
import type { Context, Site } from './context.ts';
import type { Frame, Join, Row } from './frame.ts';

const always = sql`1`;

/** The rows of a collection that nothing ties to the record; each alias is a row of its own. */
export function collectionRow(context: Context, collection: Collection, alias: string): Row {
  const key = `@collection.${collection.id}:${alias}`;
  const source = () => sql`${sql.identifier(collection.name)}`;
  return rowOf(context, key, collection, undefined, true, { source, on: () => always });
}

/** The record(s) that a relation field points to. */
export function relatedRow(context: Context, site: Site, field: Field): Site {
  const { target, multiple } = columnFacts(field);
  const collection = target === undefined ? undefined : context.schema.byId(target);
  if (!collection) throw badFilter(`field "${field.name}" is no relation`);
  if (multiple) {
    const list = listRow(context, site, field);
    return join(
      context,
      list,
      'id',
      collection,
      false,
      (frame, column) => sql`${column('id')} = ${frame.column(list, 'value')}`,
    );
  }
  return join(
    context,
    site,
    field.name,
    collection,
    false,
    (frame, column) => sql`${column('id')} = ${read(site, frame, field.name)}`,
  );
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
  return join(context, site, step, collection, multiple || !unique, (frame, column) => {
    const id = read(site, frame, 'id');
    const from = column(field.name);
    return multiple
      ? sql`EXISTS (SELECT 1 FROM json_each(${listOf(from)}) WHERE value = ${id})`
      : sql`${from} = ${id}`;
  });
}

/** The elements of a list. */
export function listRow(context: Context, site: Site, field: Field): Row {
  const parent = parentOf(site);
  const source = (frame: Frame) => sql`json_each(${listAt(site, frame, field.name)})`;
  return rowOf(context, `${keyOf(site)}/${field.name}[]`, undefined, parent, true, {
    source,
    on: () => always,
  });
}

function join(
  context: Context,
  from: Site | Row,
  step: string,
  collection: Collection,
  many: boolean,
  on: (frame: Frame, column: (name: string) => SQL) => SQL,
): Site {
  const isSite = 'kind' in from;
  const guarded = context.trust === 'client' && guardRule(collection) !== '';
  const key = `${isSite ? keyOf(from) : from.key}/${step}${guarded ? '!' : ''}`;
  const parent = isSite ? parentOf(from) : from;
  const row = rowOf(
    context,
    key,
    collection,
    parent,
    many,
    {
      source: () => sql`${sql.identifier(collection.name)}`,
      on: (frame, alias) => {
        const column = (name: string) => sql`${sql.identifier(alias)}.${sql.identifier(name)}`;
        const link = on(frame, column);
        return guarded ? sql`${link} AND ${context.listRule(collection, alias)}` : link;
      },
    },
    guarded,
  );
  return { kind: 'row', row, collection };
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
  const known = context.rows.get(key);
  if (known) return known;
  const before = parent?.multi ?? [];
  const row: Row = {
    key,
    collection,
    parent,
    multi: many ? [...before, key] : before,
    join: joined,
    guarded,
  };
  context.rows.set(key, row);
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
