import type { Collection, Core, Field } from '../../../core/index.ts';
import { mostOf, optionOf, textsOf } from './control.ts';
import { choosableFields } from './grid-state.ts';

/** What kind of question can be asked of a value. */
export type FilterKind =
  | 'text'
  | 'exact'
  | 'number'
  | 'bool'
  | 'date'
  | 'choice'
  | 'relation'
  | 'file'
  | 'json';

/** Something that a filter can ask for by rows. */
export interface FilterField {
  /** As an expression spells it: `artist.name`. */
  readonly path: string;
  readonly kind: FilterKind;
  /** The record has several such values: one of them is enough. */
  readonly isMany: boolean;
  /** How a value that is not there is asked for; undefined where that cannot be. */
  readonly nothing: 'blank' | 'null' | 'length' | undefined;
  /** The values that there can be; none where there can be any. */
  readonly values: readonly string[];
}

/** The collections, by their names and ids. */
type Schema = Core['collections']['schema'];

const HOPS = 3;
/** What the language reads as a name, and as no other word. */
const NAME = /^(?!(?:null|true|false)$)[a-z_]\w*$/i;

const kinds: ReadonlyMap<string, FilterKind> = new Map(
  Object.entries({
    ...{ text: 'text', email: 'text', url: 'text', editor: 'text', string: 'text' },
    ...{ number: 'number', integer: 'number', real: 'number', bool: 'bool', date: 'date', autodate: 'date' },
    ...{ select: 'choice', relation: 'relation', file: 'file', json: 'json', uuid: 'exact' },
  } as const),
);

/** What rows offer: the collection's own fields, and by what the records of its relations are called. */
export function filterFields(schema: Schema, collection: Collection): readonly FilterField[] {
  return [...askable(collection)].flatMap((field) => {
    const own = fieldAt(collection, field);
    const target = targetOf(schema, field);
    const names = target === undefined ? [] : namingFields(target).map(({ name }) => `${field.name}.${name}`);
    return [own, ...names.map((path) => findFilterField(schema, collection, path))].filter(
      (one) => one !== undefined,
    );
  });
}

/** What a path leads to; undefined where rows cannot ask for it. */
export function findFilterField(
  schema: Schema,
  collection: Collection,
  path: string,
): FilterField | undefined {
  const steps = path.split('.');
  if (steps.length > HOPS + 1) return undefined;
  let at: Collection | undefined = collection;
  let isMany = false;
  for (const [index, step] of steps.entries()) {
    const field: Field | undefined = at && askable(at).find(({ name }) => name === step);
    if (!at || !field) return undefined;
    const found = fieldAt(at, field);
    if (index === steps.length - 1) {
      return found && (index === 0 ? found : passed({ ...found, path }, isMany));
    }
    isMany ||= mostOf(field) > 1;
    at = targetOf(schema, field);
  }
  return undefined;
}

/** Behind several records, that none of the values is there cannot be told from that there is no record. */
function passed(field: FilterField, isMany: boolean): FilterField {
  return isMany ? { ...field, isMany: true, nothing: undefined } : field;
}

function askable(collection: Collection): readonly Field[] {
  const id = collection.fields.filter(({ name }) => name === 'id');
  return [...id, ...choosableFields(collection)].filter(
    (field) => NAME.test(field.name) && optionOf(field, 'writeOnly') !== true,
  );
}

function fieldAt({ idKind }: Collection, field: Field): FilterField | undefined {
  const values = textsOf(optionOf(field, 'values'));
  const known = kinds.get(field.type);
  const isId = field.name === 'id';
  const kind =
    isId && idKind === 'integer' ? 'number' : known === 'text' && values.length > 0 ? 'choice' : known;
  if (kind === undefined) return undefined;
  const isMany = mostOf(field) > 1;
  return {
    path: field.name,
    kind,
    isMany,
    values,
    nothing: isId ? undefined : nothingOf(field, kind, isMany),
  };
}

function nothingOf(field: Field, kind: FilterKind, isMany: boolean): FilterField['nothing'] {
  if (isMany) return 'length';
  const isColumn = optionOf(field, 'nullable') === true;
  if (kind === 'number' || kind === 'exact') return isColumn ? 'null' : undefined;
  if (kind === 'bool' || field.type === 'autodate') return undefined;
  return kind === 'json' ? 'null' : 'blank';
}

function targetOf(schema: Schema, field: Field): Collection | undefined {
  const target = field.type === 'relation' ? optionOf(field, 'collectionId') : undefined;
  return typeof target === 'string' ? schema.byId(target) : undefined;
}

/** The fields that tell what a record is called. */
function namingFields(collection: Collection): readonly Field[] {
  const texts = askable(collection).filter(({ type, name }) => name !== 'id' && kinds.get(type) === 'text');
  const presentable = texts.filter((field) => field.presentable);
  if (presentable.length > 0) return presentable;
  const usual = ['title', 'name', 'label', 'username', 'email'];
  return usual.flatMap((name) => texts.find((field) => field.name === name) ?? []).slice(0, 1);
}
