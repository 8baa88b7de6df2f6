import {
  type Collection,
  SAMPLE_ID,
  SAMPLE_LOGIN,
  type SampleRecord,
  sampleRecord,
} from '../../core/index.ts';
import { jsLiteral, jsObject } from '../../lib/code.ts';
import type { Snippet, SnippetAction, SnippetPlace } from '../dialect.ts';
import { curlSnippets } from './curl-snippets.ts';
import { typeSnippet } from './type-snippet.ts';

/** What the snippets of one collection have in common. */
export interface Sample {
  readonly collection: Collection;
  readonly origin: string;
  readonly record: string;
  readonly sample: SampleRecord;
  /** Who signs in where the rule of an action asks for somebody; undefined where anybody may. */
  readonly signInAs: Readonly<Record<'list' | 'view' | 'create' | 'update' | 'delete', string | undefined>>;
  /** Where accounts sign in: the collection itself, if it has any. */
  readonly accounts: string;
  /** A field and a value to look for. */
  readonly wanted: readonly [string, string | number | boolean] | undefined;
  /** What an update sends. */
  readonly change: Readonly<Record<string, unknown>>;
  readonly sort: string;
}

const TITLES: Readonly<Record<SnippetAction, string>> = {
  sign_in: 'Sign in',
  list: 'List and filter records',
  view: 'Get a record',
  create: 'Create a record',
  update: 'Change a record',
  delete: 'Delete a record',
  subscribe: 'Listen to changes',
  upload: 'Upload a file',
  types: 'Types',
};

/** Snippets for the clients of PocketBase and BosBase, which are written alike, and for curl. */
export function pocketbaseSnippets(collection: Collection, place: SnippetPlace): readonly Snippet[] {
  const sample = sampleOf(collection, place);
  const stock = clientSnippets('pocketbase', 'PocketBase', sample);
  return [...stock, ...clientSnippets('bosbase', 'BosBase', sample), ...curlSnippets(sample, TITLES)];
}

function sampleOf(collection: Collection, { origin, core, record, related }: SnippetPlace): Sample {
  const { schema } = core.collections;
  const accounts =
    collection.type === 'auth'
      ? collection
      : (schema.byName('users') ?? schema.collections.find(({ type, system }) => type === 'auth' && !system));
  const who = (rule: string | null) =>
    rule === '' ? undefined : rule === null ? '_superusers' : (accounts?.name ?? '_superusers');
  const sample = sampleRecord(collection, related);
  const { list, view, create, update, delete: remove } = collection.rules;
  const plain = Object.entries(sample.values).filter(
    ([name]) => !/^(?:password(?:Confirm)?|email)$/.test(name),
  );
  return {
    ...{ collection, origin, sample, record: record ?? SAMPLE_ID },
    signInAs: {
      ...{ list: who(list), view: who(view) },
      ...{ create: who(create), update: who(update), delete: who(remove) },
    },
    accounts: accounts?.name ?? '_superusers',
    wanted: plain.find((entry): entry is [string, string | number | boolean] => isPlain(entry[1])),
    change: Object.fromEntries(plain.slice(0, 1)),
    sort: collection.fields.some(({ name }) => name === 'created') ? '-created' : '-id',
  };
}

function isPlain(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function clientSnippets(client: string, name: string, sample: Sample): readonly Snippet[] {
  const { collection, sort, change, wanted, signInAs, accounts } = sample;
  const records = `pb.collection(${jsLiteral(collection.name)})`;
  const record = jsLiteral(sample.record);
  const one = (action: SnippetAction, about: string, who: string | undefined, code: string): Snippet => {
    const text = `${opening(client, name, sample, action, who)}\n${code}\n`;
    return { action, client, language: 'js', title: TITLES[action], about, code: text };
  };
  const query: [string, string][] = [['sort', jsLiteral(sort)]];
  if (wanted) {
    const [field, value] = wanted;
    query.unshift([
      'filter',
      `pb.filter(${jsLiteral(`${field} = {:value}`)}, { value: ${jsLiteral(value)} })`,
    ]);
  }
  return [
    one(
      'sign_in',
      'The token is kept by the client and sent with every request.',
      accounts,
      'console.log(pb.authStore.record);',
    ),
    one(
      'list',
      'Without the filter it is all that the list rule shows.',
      signInAs.list,
      `const page = await ${records}.getList(1, 20, ${jsObject(query)});\nconsole.log(page.totalItems, page.items);`,
    ),
    one(
      'view',
      'With { expand: "field" } records come along that it leads to.',
      signInAs.view,
      `const record = await ${records}.getOne(${record});\nconsole.log(record);`,
    ),
    one(
      'create',
      aboutFiles(sample),
      signInAs.create,
      `const record = await ${records}.create(${members(sample)});\nconsole.log(record);`,
    ),
    one(
      'update',
      'What is not sent stays as it is.',
      signInAs.update,
      `const record = await ${records}.update(${record}, ${jsLiteral(change)});\nconsole.log(record);`,
    ),
    one(
      'delete',
      'Its files are removed with it.',
      signInAs.delete,
      `await ${records}.delete(${record});\nconsole.log("deleted");`,
    ),
    one(
      'subscribe',
      'Browsers have EventSource; elsewhere the package eventsource brings it.',
      signInAs.list,
      `await ${records}.subscribe("*", ({ action, record }) => {\n  console.log(action, record);\n});\nconsole.log("listening");`,
    ),
    typeSnippet(client, collection),
  ];
}

function opening(
  client: string,
  name: string,
  { origin, sample }: Sample,
  action: SnippetAction,
  who: string | undefined,
): string {
  const lines = [`import ${name} from ${jsLiteral(client)};`];
  if (action === 'create' && sample.files.length > 0) lines.unshift('import { openAsBlob } from "node:fs";');
  lines.push('', `const pb = new ${name}(${jsLiteral(origin)});`);
  if (who !== undefined) {
    const credentials = `${jsLiteral(SAMPLE_LOGIN.email)}, ${jsLiteral(SAMPLE_LOGIN.password)}`;
    lines.push(`await pb.collection(${jsLiteral(who)}).authWithPassword(${credentials});`);
  }
  return lines.join('\n');
}

function aboutFiles({ sample }: Sample): string {
  return sample.files.length === 0
    ? 'The answer is the new record.'
    : 'In a browser, files come from an input: input.files[0] in the place of new File(…).';
}

function members({ sample }: Sample): string {
  const values = Object.entries(sample.values).map(([key, value]): [string, string] => [
    key,
    jsLiteral(value, 2),
  ]);
  const files = sample.files.map(({ field, name, multiple }): [string, string] => {
    const file = `new File([await openAsBlob(${jsLiteral(name)})], ${jsLiteral(name)})`;
    return [field.name, multiple ? `[${file}]` : file];
  });
  return jsObject([...values, ...files]);
}
