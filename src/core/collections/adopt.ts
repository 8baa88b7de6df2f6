import type { Field } from '../fields/field.ts';
import type { Collection } from './collection.ts';
import type { CollectionInput } from './collections.ts';

type Part = Readonly<Record<string, unknown>>;

/**
 * A definition from elsewhere in the ids of this server: it gets the id of the collection that is meant, relations that of
 * theirs, and fields that of the one with their name and type. With `keepMissing`, fields that it lacks stay. Secrets of
 * providers never left their server, and stay where they are known.
 */
export function adoptDefinition(
  input: CollectionInput,
  before: Collection | undefined,
  idOf: (id: unknown) => unknown,
  keepMissing: boolean,
): CollectionInput {
  const { fields, oauth2 } = input;
  const own = Array.isArray(fields) ? fields.map((field) => adoptField(field, before, idOf)) : fields;
  if (before === undefined) return { ...input, ...(own === undefined ? {} : { fields: own }) };
  return {
    ...input,
    id: before.id,
    ...(Array.isArray(own) ? { fields: keepMissing ? withMissing(own, before) : own } : {}),
    ...(isPart(oauth2) ? { oauth2: withSecrets(oauth2, before) } : {}),
  };
}

function adoptField(field: unknown, before: Collection | undefined, idOf: (id: unknown) => unknown): unknown {
  if (!isPart(field)) return field;
  const { id, collectionId, ...rest } = field;
  const target = collectionId === undefined ? {} : { collectionId: idOf(collectionId) };
  const known = id === undefined || before === undefined || before.fields.some((each) => each.id === id);
  const twin = before?.fields.find(({ name, type }) => name === field.name && type === field.type);
  const named = id === undefined ? {} : { id: known ? id : (twin?.id ?? id) };
  return { ...rest, ...named, ...target };
}

/** Fields that are not named stand behind those that they stood behind. */
function withMissing(own: readonly unknown[], { fields }: Collection): readonly unknown[] {
  const all = [...own];
  let place = 0;
  for (const field of fields) {
    const found = all.findIndex((part) => isPart(part) && isSame(part, field));
    // The server adds its own fields itself.
    if (found < 0 && field.system) continue;
    if (found < 0) all.splice(place, 0, field);
    place = (found < 0 ? place : found) + 1;
  }
  return all;
}

function isSame(part: Part, { id, name }: Field): boolean {
  return part.id === id || String(part.name).toLowerCase() === name.toLowerCase();
}

function withSecrets(oauth2: Part, { auth }: Collection): Part {
  const { providers } = oauth2;
  if (!Array.isArray(providers)) return oauth2;
  const known = auth?.oauth2.providers ?? [];
  const whole = providers.map((provider: unknown) => {
    if (!isPart(provider) || provider.clientSecret !== undefined) return provider;
    const secret = known.find(({ name }) => name === provider.name)?.clientSecret;
    return secret === undefined ? provider : { ...provider, clientSecret: secret };
  });
  return { ...oauth2, providers: whole };
}

function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
