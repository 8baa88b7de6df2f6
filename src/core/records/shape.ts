import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import { checksOf, type Field, type FieldTools, type FieldType, type ValueChecks } from '../fields/field.ts';
import { fieldType } from '../fields/index.ts';
import { isWriteOnly } from '../fields/write-only.ts';
import type { DbRow } from '../ports/database.ts';
import type { RecordValues } from './record.ts';

/** A field with its type at hand, so that nothing is looked up by name per row. */
export interface Column {
  readonly name: string;
  readonly field: Field;
  readonly type: FieldType;
  /** A text in the column is the value itself. */
  readonly keepsText: boolean;
}

/** What one kind of caller may read: the columns to select, in the order of their names. */
export interface Audience {
  readonly columns: readonly Column[];
  /** E-mails are withheld where the record says so (specs/pocketbase.md 5). */
  readonly guardsEmail: boolean;
  /** `emailVisibility` is selected for the guard alone and leaves with it. */
  readonly dropsVisibility: boolean;
}

/** All that operations need to know of one state of a collection, worked out once. */
export interface Shape {
  readonly collection: Collection;
  /** Every field, in the order of their names. */
  readonly columns: readonly Column[];
  readonly byName: ReadonlyMap<string, Column>;
  readonly forSuperusers: Audience;
  readonly forOthers: Audience;
  readonly holdsFiles: boolean;
  /** Some column may refer to other records. */
  readonly refers: boolean;
  /** Columns whose value is the record's id. */
  readonly equalIds: readonly Column[];
  /** Names of the columns that hold a hash. */
  readonly secrets: readonly string[];
  readonly isAuth: boolean;
  /** What values are checked with. */
  readonly checks: ValueChecks;
}

/** Finds the shape of a collection; remembered as long as the collection object lives. */
export type Shapes = (collection: Collection) => Shape;

/** Makes an empty {@link Shapes}. Collections are immutable, so the object itself is the key. Without tools nothing passes what needs them. */
export function createShapes(tools: Partial<FieldTools> = {}): Shapes {
  const known = new WeakMap<Collection, Shape>();
  const checks = checksOf(tools);
  return (collection) => {
    const found = known.get(collection);
    if (found) return found;
    const shape = makeShape(collection, checks);
    known.set(collection, shape);
    return shape;
  };
}

/** The audience that an actor belongs to. */
export function audienceOf(shape: Shape, actor: Actor): Audience {
  return actor.kind === 'superuser' ? shape.forSuperusers : shape.forOthers;
}

/** Turns the columns of a row into values, in the row itself: copying would cost as much as reading it. */
export function decodeRow(row: DbRow, columns: readonly Column[]): RecordValues {
  const values: Record<string, unknown> = row;
  for (const { name, type, field, keepsText } of columns) {
    const stored = row[name] ?? null;
    if (!keepsText || typeof stored !== 'string') values[name] = type.fromDb(stored, field);
  }
  return values;
}

/** The id of decoded values as text, whatever the collection's id kind. */
export function idOf(values: RecordValues): string {
  return String(values.id);
}

function columnOf(field: Field): Column {
  const type = fieldType(field);
  return { name: field.name, field, type, keepsText: type.keepsText?.(field) === true };
}

function makeShape(collection: Collection, checks: ValueChecks): Shape {
  const columns = collection.fields.map(columnOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  const isAuth = collection.type === 'auth';
  // A token key would let its reader sign tokens in the account's name, so not even superusers are shown it.
  const isSecret = ({ name, type, field }: Column) =>
    type.readable === false || isWriteOnly(field) || (isAuth && name === 'tokenKey');
  const readable = columns.filter((column) => !isSecret(column));
  return {
    collection,
    columns,
    byName: new Map(columns.map((column) => [column.name, column])),
    forSuperusers: { columns: readable, guardsEmail: false, dropsVisibility: false },
    forOthers: othersOf(readable, isAuth),
    holdsFiles: columns.some(({ type }) => type.holdsFiles === true),
    refers: columns.some(({ type }) => type.references !== undefined),
    equalIds: columns.filter(({ type, field }) => type.equalsId?.(field) === true),
    secrets: columns.filter(({ type }) => type.readable === false).map(({ name }) => name),
    isAuth,
    checks,
  };
}

function othersOf(readable: readonly Column[], isAuth: boolean): Audience {
  const open = readable.filter(({ field }) => !field.hidden);
  const guardsEmail = isAuth && open.some(({ name }) => name === 'email');
  const dropsVisibility = guardsEmail && !open.some(({ name }) => name === 'emailVisibility');
  if (!dropsVisibility) return { columns: open, guardsEmail, dropsVisibility };
  const columns = readable.filter((column) => !column.field.hidden || column.name === 'emailVisibility');
  return { columns, guardsEmail, dropsVisibility };
}
