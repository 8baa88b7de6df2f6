import { excerpt } from '../../lib/excerpt.ts';
import { createLru } from '../../lib/lru.ts';

interface Excerpt {
  readonly max: number;
  readonly ellipsis: boolean;
}

/** One level of a picker: what is kept under a name; `undefined` keeps the whole value. */
interface PickNode {
  readonly children: Map<string, PickNode>;
  /** The value itself was named, not only parts of it. */
  whole: boolean;
  excerpt: Excerpt | undefined;
}

/** The picked value, or the fact that the picker cannot be read. */
export type Picked = { readonly ok: true; readonly value: unknown } | { readonly ok: false };

/** Parsed pickers by text; `bad` stands for one that cannot be read. */
const parsed = createLru<string, PickNode | 'bad'>(200);

/** Applies a `fields` picker (specs/pocketbase.md 1.6) to a page's items, to each element of an array, or to an object. */
export function pickFields(value: unknown, fields: string): Picked {
  let tree = parsed.get(fields);
  if (tree === undefined) {
    tree = parsePicker(fields) ?? 'bad';
    parsed.set(fields, tree);
  }
  if (tree === 'bad') return { ok: false };
  const picker = tree;
  if (Array.isArray(value)) return { ok: true, value: value.map((item) => pick(item, picker)) };
  if (isObject(value) && isPage(value)) {
    return { ok: true, value: { ...value, items: value.items.map((item) => pick(item, picker)) } };
  }
  return { ok: true, value: pick(value, picker) };
}

function isPage(value: Record<string, unknown>): value is Record<string, unknown> & { items: unknown[] } {
  return 'perPage' in value && 'page' in value && Array.isArray(value.items);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function node(): PickNode {
  return { children: new Map(), whole: false, excerpt: undefined };
}

/** Undefined when a modifier is unknown or its arguments are bad. */
function parsePicker(fields: string): PickNode | undefined {
  const root = node();
  for (const part of splitTopLevel(fields)) {
    const text = part.trim();
    if (text === '') continue;
    const colon = text.indexOf(':');
    const path = colon < 0 ? text : text.slice(0, colon);
    const modifier = colon < 0 ? undefined : parseExcerpt(text.slice(colon + 1));
    if (colon >= 0 && modifier === undefined) return undefined;
    let at = root;
    for (const key of path.split('.')) {
      let next = at.children.get(key);
      if (next === undefined) {
        next = node();
        at.children.set(key, next);
      }
      at = next;
    }
    at.whole = true;
    at.excerpt = modifier ?? at.excerpt;
  }
  return root;
}

/** Commas inside the parentheses of a modifier do not separate. */
function splitTopLevel(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '(') depth++;
    else if (char === ')') depth--;
    else if (char === ',' && depth <= 0) {
      parts.push(text.slice(start, i));
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function parseExcerpt(text: string): Excerpt | undefined {
  const match = /^excerpt\(\s*(\d{1,9})\s*(?:,\s*([a-zA-Z0-9]+)\s*)?\)$/.exec(text.trim());
  if (!match) return undefined;
  const max = Number(match[1]);
  if (max === 0) return undefined;
  const flag = match[2];
  if (flag !== undefined && !TRUE.has(flag) && !FALSE.has(flag)) return undefined;
  return { max, ellipsis: flag !== undefined && TRUE.has(flag) };
}

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

function pick(value: unknown, tree: PickNode): unknown {
  if (Array.isArray(value)) return value.map((item) => pick(item, tree));
  if (!isObject(value)) return value;
  const all = tree.children.get('*');
  const result: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(value)) {
    const child = tree.children.get(key) ?? all;
    if (child === undefined) continue;
    const kept = value[key];
    if (child.excerpt && typeof kept === 'string') {
      result[key] = excerpt(kept, child.excerpt.max, child.excerpt.ellipsis);
    } else if (child.children.size > 0 && typeof kept === 'object' && kept !== null) {
      result[key] = pick(kept, child);
    } else if (child.whole) result[key] = kept;
  }
  return result;
}
