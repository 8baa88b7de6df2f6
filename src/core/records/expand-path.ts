/** Wanted relations by name, each with those wanted beyond it. */
export type ExpandTree = ReadonlyMap<string, ExpandTree>;

const MAX_LEVELS = 6;
const MAX_CHARACTERS = 3500;
const MAX_HOPS = 200;

/**
 * Reads an expand: a comma list of dotted paths, spaces ignored, shared prefixes merged (specs/pocketbase.md 1.7). Levels
 * beyond the sixth are left out; so is all of a text that is longer or has more parts than any app needs.
 */
export function parseExpand(text: string): ExpandTree {
  const root: MutableTree = new Map();
  if (text.length > MAX_CHARACTERS) return root;
  let hops = 0;
  for (const path of text.replaceAll(' ', '').split(',')) {
    let node = root;
    for (const segment of path.split('.', MAX_LEVELS)) {
      if (segment === '') break;
      let next = node.get(segment);
      if (!next) {
        if (++hops > MAX_HOPS) return root;
        next = new Map();
        node.set(segment, next);
      }
      node = next;
    }
  }
  return root;
}

type MutableTree = Map<string, MutableTree>;

/** The collection and field of a back-relation segment: `posts_via_author`, or the older `posts(author)`. */
export function parseBackRelation(segment: string): { collection: string; field: string } | undefined {
  const match = /^(\w+)_via_(\w+)$/.exec(segment) ?? /^(\w+)\((\w+)\)$/.exec(segment);
  const [, collection, field] = match ?? [];
  return collection && field ? { collection, field } : undefined;
}
