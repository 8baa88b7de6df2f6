import type { Topic } from '../../core/index.ts';
import { parseJson } from '../../http/body.ts';

/** A subscription as a client wrote it (specs/pocketbase.md 9). */
export interface WireTopic {
  /** Undefined for a custom topic, which nothing of records is sent to. */
  readonly topic: Topic | undefined;
  /** The picker of its records. */
  readonly fields: string | undefined;
}

interface Options {
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Reads `collection/*`, `collection/id` or `collection`, each with `?options=<JSON>` or without. Options that cannot be read
 * count as none; the whole text is the name under which events are sent.
 */
export function readTopic(text: string): WireTopic {
  const mark = text.indexOf('?');
  const path = mark < 0 ? text : text.slice(0, mark);
  const [collection = '', record = '*', ...more] = path.split('/');
  const options = mark < 0 ? undefined : readOptions(text.slice(mark + 1));
  if (collection === '' || record === '' || more.length > 0) return { topic: undefined, fields: undefined };
  const { filter, expand, fields } = options?.query ?? {};
  return {
    topic: {
      collection,
      record: record === '*' ? undefined : record,
      filter,
      expand,
      facts: options,
      tag: text,
    },
    fields: fields === '' ? undefined : fields,
  };
}

function readOptions(search: string): Options | undefined {
  const text = new URLSearchParams(search).get('options');
  if (!text) return undefined;
  try {
    const options = parseJson(text);
    return {
      query: texts(member(options, 'query'), (name) => name),
      headers: texts(member(options, 'headers'), snakeCase),
    };
  } catch {
    return undefined;
  }
}

function member(value: unknown, name: string): object {
  const found = Object.entries(isObject(value) ? value : {}).find(([key]) => key === name)?.[1];
  return isObject(found) ? found : {};
}

/** Values that are no text are written as one; lists and objects are none. */
function texts(values: object, rename: (name: string) => string): Record<string, string> {
  const found: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(values)) {
    found[rename(name)] = typeof value === 'object' || value === undefined ? '' : String(value);
  }
  return found;
}

/** `X-Token` and `xToken` as rules name them. */
function snakeCase(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replace(/[^A-Za-z0-9]+/g, '_')
    .toLowerCase();
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
