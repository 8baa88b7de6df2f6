import type { Collection, RecordPage, RecordView } from '../../core/index.ts';

/** A record as JSON: fields, `collectionId`, `collectionName` and `expand`, keys sorted (specs/pocketbase.md 1.1, 5). */
export function recordShape(view: RecordView): Record<string, unknown> {
  const { collection, values, expand } = view;
  const shape: Record<string, unknown> = {};
  for (const key of wireKeys(collection)) {
    if (key === 'collectionId') shape.collectionId = collection.id;
    else if (key === 'collectionName') shape.collectionName = collection.name;
    else if (key === 'expand') {
      if (expand !== undefined) shape.expand = expandShape(expand);
    } else {
      const value = values[key];
      if (value !== undefined) shape[key] = value;
    }
  }
  return shape;
}

/** A page of records. */
export function pageShape(page: RecordPage): Record<string, unknown> {
  return {
    items: page.items.map(recordShape),
    page: page.page,
    perPage: page.perPage,
    totalItems: page.totalItems,
    totalPages: page.totalPages,
  };
}

function expandShape(expand: NonNullable<RecordView['expand']>): Record<string, unknown> {
  const shape: Record<string, unknown> = {};
  for (const key of Object.keys(expand).sort()) {
    const value = expand[key];
    if (value !== undefined) shape[key] = isMany(value) ? value.map(recordShape) : recordShape(value);
  }
  return shape;
}

function isMany(value: RecordView | readonly RecordView[]): value is readonly RecordView[] {
  return Array.isArray(value);
}

const keysOf = new WeakMap<Collection, readonly string[]>();

function wireKeys(collection: Collection): readonly string[] {
  let keys = keysOf.get(collection);
  if (keys === undefined) {
    keys = [
      ...collection.fields.map((field) => field.name),
      'collectionId',
      'collectionName',
      'expand',
    ].sort();
    keysOf.set(collection, keys);
  }
  return keys;
}
