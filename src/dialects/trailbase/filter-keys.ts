import { TrailBaseError } from './errors.ts';

/** What the keys `filter[a][b]…` of a query add up to: values at this place, and more below it by name. */
export interface FilterNode {
  readonly values: string[];
  readonly children: Map<string, FilterNode>;
}

/** More segments than the deepest filter has: five groups with an index each, a column and an operator. */
const MAX_SEGMENTS = 12;
const KEY = /^filter((?:\[[^[\]]*\])+)$/;

/** Puts the value of one key into its place; 400 `Invalid query` for a key that is not of this form. */
export function placeFilter(root: FilterNode, key: string, value: string): void {
  const segments = KEY.exec(key)?.[1]?.slice(1, -1).split('][');
  if (segments === undefined || segments.length > MAX_SEGMENTS)
    throw new TrailBaseError(400, 'Invalid query');
  let node = root;
  for (const segment of segments) {
    let next = node.children.get(segment);
    if (next === undefined) {
      next = { values: [], children: new Map() };
      node.children.set(segment, next);
    }
    node = next;
  }
  node.values.push(value);
}
