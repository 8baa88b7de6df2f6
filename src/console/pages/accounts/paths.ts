/** The list of a collection's accounts; without one, of the first collection that has any. */
export function accountsPath(collection?: string, query: Readonly<Record<string, string>> = {}): string {
  const all = new URLSearchParams({ ...(collection !== undefined && { collection }), ...query }).toString();
  return all === '' ? '/_/accounts' : `/_/accounts?${all}`;
}

/** Where an account of a collection is made. */
export function newAccountPath(collection: string): string {
  return `/_/accounts/new?${new URLSearchParams({ collection }).toString()}`;
}

/** The page of an account, or one of what belongs to it. */
export function accountPath(
  collection: string,
  id: string,
  part:
    | ''
    | '/sessions/end'
    | '/second-factor/end'
    | '/password'
    | '/verification'
    | '/deletion'
    | '/tokens' = '',
): string {
  return `/_/accounts/${encodeURIComponent(collection)}/${encodeURIComponent(id)}${part}`;
}
