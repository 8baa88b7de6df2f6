/** The page of a collection's records. */
export function collectionPath(name: string): string {
  return `/_/collections/${segmentOf(name)}`;
}

/** The page of a record. */
export function recordPath(collection: string, id: string): string {
  return `${collectionPath(collection)}/records/${segmentOf(id)}`;
}

/** A file of a record: as it is, or as a picture that fits a size. */
export function filePath(collection: string, id: string, name: string, size?: 'small' | 'large'): string {
  const path = `${recordPath(collection, id)}/files/${encodeURIComponent(name)}`;
  return size === undefined ? path : `${path}?size=${size}`;
}

/** The page about a file: what is in it, and everything that is known of it. */
export function fileDetailPath(collection: string, id: string, name: string): string {
  return `/_/files/${[collection, id, name].map(encodeURIComponent).join('/')}`;
}

/** Where a single value of a record is changed. */
export function cellPath(collection: string, id: string, field: string): string {
  return `${collectionPath(collection)}/cells/${encodeURIComponent(id)}/${encodeURIComponent(field)}`;
}

/** The page that asks before records are deleted. */
export function deletionPath(collection: string, ids: readonly string[]): string {
  const query = new URLSearchParams();
  for (const id of ids) query.append('id', id);
  return `${collectionPath(collection)}/removal?${query.toString()}`;
}

/** A name in a path. One of something called `new` is spelt with an escape, as pages for new things stand at that place. */
function segmentOf(name: string): string {
  return name === 'new' ? '%6Eew' : encodeURIComponent(name);
}
