import {
  type Collection,
  SAMPLE_ID,
  SAMPLE_LOGIN,
  type SampleRecord,
  sampleRecord,
} from '../../core/index.ts';
import { jsLiteral, jsObject } from '../../lib/code.ts';
import type { Snippet, SnippetAction, SnippetPlace } from '../dialect.ts';
import { type Api, apiOf } from './api.ts';
import { encoderOf } from './codec.ts';
import { isCarrier } from './column-kind.ts';
import { curlSnippets } from './curl-snippets.ts';
import { idText } from './ids.ts';

/** What each of them does. */
export const TITLES = {
  sign_in: 'Sign in',
  list: 'List and filter records',
  view: 'Get a record',
  create: 'Create a record',
  update: 'Change a record',
  delete: 'Delete a record',
  subscribe: 'Listen to changes',
} as const satisfies Partial<Record<SnippetAction, string>>;

/** What the snippets of one API have in common; names and values are those of the wire. */
export interface Sample {
  readonly api: Api;
  readonly origin: string;
  readonly record: string | number | bigint;
  readonly values: Readonly<Record<string, unknown>>;
  readonly files: SampleRecord['files'];
  readonly wanted: readonly [string, string] | undefined;
  readonly change: Readonly<Record<string, unknown>>;
}

/** Snippets for the client of TrailBase and for curl. Accounts sign in here, and superusers do not. */
export function trailbaseSnippets(collection: Collection, place: SnippetPlace): readonly Snippet[] {
  const api = apiOf(place.core, collection);
  if (api === undefined) return [];
  const sample = sampleOf(api, place);
  return [...clientSnippets(sample), ...curlSnippets(sample)];
}

function sampleOf(api: Api, { origin, record, related }: SnippetPlace): Sample {
  const { collection, columns, key } = api;
  const { values, files } = sampleRecord(collection, related);
  const wire: Record<string, unknown> = {};
  const carrier = collection.fields.find(isCarrier);
  for (const column of columns) {
    const value = values[column.kind === 'key' ? (carrier?.name ?? 'id') : column.field.name];
    if (value !== undefined) wire[column.name] = encoderOf(api, column)?.(value) ?? value;
  }
  if (collection.type === 'auth') wire.passwordConfirm = values.passwordConfirm;
  const plain = Object.entries(wire).filter(([name]) => !/^(?:password(?:Confirm)?|email)$/.test(name));
  const isText = ([name, value]: [string, unknown]) =>
    typeof value === 'string' && api.byName.get(name)?.kind === 'text';
  const id = record ?? SAMPLE_ID;
  const wireId = record === undefined ? id : encoderOf(api, key)?.(record);
  const found = plain.find(isText);
  return {
    ...{ api, origin, values: wire },
    record: typeof wireId === 'number' || typeof wireId === 'bigint' ? wireId : idText(collection.idKind, id),
    files: files.filter(({ field }) => columns.some((column) => column.field.id === field.id)),
    wanted: found && [found[0], String(found[1])],
    change: Object.fromEntries(plain.filter(([name]) => name !== key.name).slice(0, 1)),
  };
}

/** Whether an action is for some only. */
export const needsAccount = (rule: string | null) => rule !== '';

function clientSnippets(sample: Sample): readonly Snippet[] {
  const { api, origin, wanted, change, files } = sample;
  const { rules } = api.collection;
  const record = jsLiteral(sample.record);
  const order = api.columns.some(({ name }) => name === 'created') ? '-created' : `-${api.key.name}`;
  const one = (action: keyof typeof TITLES, about: string, signsIn: boolean, code: string): Snippet => {
    const lines = ['import { initClient } from "trailbase";'];
    if (action === 'create' && files.length > 0)
      lines.unshift('import { readFile } from "node:fs/promises";');
    lines.push('', `const client = initClient(${jsLiteral(origin)});`);
    if (signsIn)
      lines.push(
        `await client.login(${jsLiteral(SAMPLE_LOGIN.email)}, ${jsLiteral(SAMPLE_LOGIN.password)});`,
      );
    if (action !== 'sign_in') lines.push(`const api = client.records(${jsLiteral(api.name)});`);
    const text = `${lines.join('\n')}\n${code}\n`;
    return { action, client: 'trailbase', language: 'js', title: TITLES[action], about, code: text };
  };
  const query: [string, string][] = [
    ['pagination', '{ limit: 20 }'],
    ['order', jsLiteral([order])],
  ];
  if (wanted) {
    const [column, value] = wanted;
    query.push(['filters', `[{ column: ${jsLiteral(column)}, value: ${jsLiteral(value)} }]`]);
  }
  const snippets = [
    one('sign_in', 'The client keeps the tokens and renews them.', true, 'console.log(client.user());'),
    one(
      'list',
      'Without the filter it is all that the list rule shows.',
      needsAccount(rules.list),
      `const { records } = await api.list(${jsObject(query)});\nconsole.log(records);`,
    ),
    one(
      'view',
      'Its files are read by their names, with the same client.',
      needsAccount(rules.view),
      `const record = await api.read(${record});\nconsole.log(record);`,
    ),
    one(
      'create',
      files.length === 0
        ? 'The answer is the id of the new record.'
        : 'Files are sent in base64; large ones are better sent as a form.',
      needsAccount(rules.create),
      `const id = await api.create(${members(sample)});\nconsole.log(id);`,
    ),
    one(
      'update',
      'What is not sent stays as it is.',
      needsAccount(rules.update),
      `await api.update(${record}, ${jsLiteral(change)});\nconsole.log("changed");`,
    ),
    one(
      'delete',
      'Its files are removed with it.',
      needsAccount(rules.delete),
      `await api.delete(${record});\nconsole.log("deleted");`,
    ),
  ];
  if (!api.subscriptions) return snippets;
  const listen = `const changes = await api.subscribe("*");\nconsole.log("listening");\nfor await (const change of changes) console.log(change);`;
  return [
    ...snippets,
    one('subscribe', 'The stream goes on until it is cancelled.', needsAccount(rules.list), listen),
  ];
}

function members({ values, files }: Sample): string {
  const plain = Object.entries(values).map(([key, value]): [string, string] => [key, jsLiteral(value, 2)]);
  const sent = files.map(({ field, name, multiple }): [string, string] => {
    const type = MEDIA_TYPES[name.slice(name.lastIndexOf('.'))] ?? 'application/octet-stream';
    const file = `{ filename: ${jsLiteral(name)}, content_type: ${jsLiteral(type)}, data: await readFile(${jsLiteral(name)}, "base64") }`;
    return [field.name, multiple ? `[${file}]` : file];
  });
  return jsObject([...plain, ...sent]);
}

const MEDIA_TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.pdf': 'application/pdf',
  '.txt': 'text/plain',
};
