import type { CollectionInput } from '../collections.ts';

/** Collections that go together, to begin with or to learn from. */
export interface CollectionTemplate {
  readonly name: string;
  /** For `Collections.createAll`: relations go to earlier ones by name, and to the accounts of the first start by id. */
  readonly collections: readonly CollectionInput[];
}

/** The collection of accounts that the first start makes, whatever it is called now. */
const ACCOUNTS = '_pb_users_auth_';

/** A relation to one record; it goes when that record goes. */
export function belongsTo(name: string, collectionId: string): CollectionInput {
  return { name, type: 'relation', collectionId, maxSelect: 1, required: true, cascadeDelete: true };
}

/** The account that a record is of. */
export function accountField(name: string): CollectionInput {
  return belongsTo(name, ACCOUNTS);
}

/** Up to so many accounts; a record outlives them. */
export function accountsField(name: string, maxSelect: number): CollectionInput {
  return { name, type: 'relation', collectionId: ACCOUNTS, maxSelect };
}

/** Pictures that browsers show, of at most 10 MB. */
export function imageField(name: string, more: CollectionInput = {}): CollectionInput {
  const mimeTypes = ['image/jpeg', 'image/png', 'image/webp', 'image/gif'];
  return { name, type: 'file', maxSelect: 1, maxSize: 10_485_760, mimeTypes, thumbs: ['200x200'], ...more };
}

/** Part of an address: small letters, digits and hyphens. */
export const slugField: CollectionInput = {
  ...{ name: 'slug', type: 'text', required: true, max: 100 },
  pattern: '^[a-z0-9]+(-[a-z0-9]+)*$',
};

/** When a record was made and last changed. */
export const timeFields: readonly CollectionInput[] = [
  { name: 'created', type: 'autodate', onCreate: true },
  { name: 'updated', type: 'autodate', onCreate: true, onUpdate: true },
];

/** Only an account's own records, which cannot be handed to another. */
export function ownedBy(field: string): {
  readonly create: string;
  readonly update: string;
  readonly delete: string;
} {
  const own = `${field} = @request.auth.id`;
  return {
    create: `@request.auth.id != '' && ${own}`,
    update: `${own} && @request.body.${field}:changed = false`,
    delete: own,
  };
}
