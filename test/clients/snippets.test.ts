import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { systemActor } from '../../src/core/actor.ts';
import type { Collection, RecordInput } from '../../src/core/index.ts';
import { SAMPLE_LOGIN, sampleRecord } from '../../src/core/records/sample.ts';
import type { Snippet, SnippetPlace } from '../../src/dialects/dialect.ts';
import { dialects } from '../../src/dialects/index.ts';
import { PNG } from '../support/files.ts';
import { type InProcessServer, startInProcess } from '../support/in-process.ts';
import { ROOT, removeFolder, temporaryFolder } from '../support/server.ts';

// Every snippet that the dialects give for collections of every kind, run as it stands: scripts by the stock clients, commands
// by curl and a shell.
let folder: string;
let server: InProcessServer;

const OPEN = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };
const SIGNED = '@request.auth.id != ""';
const MEMBERS = {
  ...{ listRule: SIGNED, viewRule: SIGNED, createRule: SIGNED, updateRule: SIGNED, deleteRule: SIGNED },
};

const COLLECTIONS = [
  {
    ...{ name: 'everything', ...OPEN },
    fields: [
      { name: 'title', type: 'text', required: true },
      { name: 'class', type: 'number' },
      { name: 'done', type: 'bool' },
      { name: 'mail', type: 'email' },
      { name: 'link', type: 'url' },
      { name: 'body', type: 'editor' },
      { name: 'at', type: 'date' },
      { name: 'kind', type: 'select', values: ["it's", '@x', 'b'], maxSelect: 1 },
      { name: 'kinds', type: 'select', values: ['"; x', '$(id)', 'c'], maxSelect: 3 },
      { name: 'extra', type: 'json' },
      { name: 'place', type: 'geoPoint' },
      { name: 'secret', type: 'password' },
      { name: 'count', type: 'integer' },
      { name: 'size', type: 'real' },
      { name: 'note', type: 'string' },
      { name: 'raw', type: 'bytes' },
      { name: 'key', type: 'uuid' },
      { name: 'some', type: 'any' },
      { name: 'shape', type: 'geometry' },
      { name: 'created', type: 'autodate', onCreate: true },
    ],
  },
  {
    ...{ name: 'gallery', ...MEMBERS },
    fields: [
      { name: 'title', type: 'text' },
      { name: 'tags', type: 'select', values: ['sea', 'sky'], maxSelect: 2 },
      { name: 'data', type: 'json' },
      { name: 'photo', type: 'file', maxSelect: 1, mimeTypes: ['image/png'], thumbs: ['10x10'] },
      { name: 'papers', type: 'file', maxSelect: 5, mimeTypes: ['application/pdf', 'text/plain'] },
    ],
  },
  {
    ...{ name: 'notes', ...OPEN, idKind: 'integer' },
    fields: [
      { name: 'text', type: 'text' },
      { name: 'picture', type: 'relation', collectionId: 'gallery', maxSelect: 1, required: true },
      { name: 'others', type: 'relation', collectionId: 'gallery', maxSelect: 4 },
    ],
  },
  {
    ...{ name: 'letters', ...MEMBERS, idKind: 'uuid' },
    fields: [
      { name: 'text', type: 'text' },
      { name: 'reply', type: 'relation', collectionId: 'letters', maxSelect: 1 },
      { name: 'note', type: 'relation', collectionId: 'notes', maxSelect: 1 },
      { name: 'scan', type: 'file', maxSelect: 1 },
    ],
  },
  {
    ...{ name: 'captions', ...OPEN, dialects: { trailbase: { key: 'of' } } },
    fields: [
      { name: 'of', type: 'relation', collectionId: 'gallery', maxSelect: 1, equalsId: true },
      { name: 'text', type: 'text' },
    ],
  },
  {
    name: 'locked',
    fields: [
      { name: 'text', type: 'text' },
      { name: 'file', type: 'file', maxSelect: 1 },
    ],
  },
  { name: 'staff', type: 'auth', ...OPEN, fields: [{ name: 'nick', type: 'text' }] },
] as const;

beforeAll(async () => {
  folder = temporaryFolder();
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const support = JSON.stringify(join(ROOT, 'test/support/event-source.ts'));
  // What scripts of browsers count on.
  writeFileSync(
    join(folder, 'browser.ts'),
    `import { provideEventSource } from ${support};\nprovideEventSource();\n`,
  );
  writeFileSync(join(folder, 'photo.png'), PNG);
  writeFileSync(join(folder, 'document.pdf'), '%PDF-1.4\n%one\n');
  writeFileSync(join(folder, 'hello.txt'), 'hello\n');
  server = await startInProcess(join(folder, 'data'));
  await server.core.collections.createAll(systemActor, COLLECTIONS);
  const { email, password } = SAMPLE_LOGIN;
  for (const name of ['users', '_superusers', 'staff']) {
    await server.core.records.create(systemActor, collection(name), {
      ...{ email, password, passwordConfirm: password, verified: true },
    });
  }
  related.gallery = await makeRecord('gallery');
  related.notes = await makeRecord('notes');
  related.letters = await makeRecord('letters');
}, 60_000);

afterAll(async () => {
  await server?.stop();
  removeFolder(folder);
});

const collection = (name: string): Collection => server.core.collections.get(name);
const related: Record<string, string> = {};

/** Ids for the relations of a collection. */
function relatedTo({ fields }: Collection): Record<string, string> {
  const pairs = fields.flatMap((field) => {
    const target =
      'collectionId' in field ? server.core.collections.schema.byId(String(field.collectionId)) : undefined;
    const id = target && related[target.name];
    return id === undefined ? [] : [[field.name, id] as const];
  });
  return Object.fromEntries(pairs);
}

async function makeRecord(name: string, more: RecordInput = {}): Promise<string> {
  const { values } = sampleRecord(collection(name), relatedTo(collection(name)));
  const { records } = server.core;
  return String((await records.create(systemActor, collection(name), { ...values, ...more })).values.id);
}

async function removeAll(name: string): Promise<void> {
  const found = await server.core.records.list(systemActor, collection(name), { page: 1, perPage: 500 });
  for (const { values } of found.items) {
    const isNeeded = related[name] === String(values.id) || values.email === SAMPLE_LOGIN.email;
    if (!isNeeded) await server.core.records.delete(systemActor, collection(name), String(values.id));
  }
}

const snippetsOf = (name: string, more: Partial<SnippetPlace> = {}) =>
  dialects.flatMap((dialect) => {
    const { core, base: origin } = server;
    const place = { origin, core, related: relatedTo(collection(name)), ...more };
    return (dialect.snippets?.(collection(name), place) ?? []).map((snippet) => ({
      dialect: dialect.name,
      snippet,
    }));
  });

const EXTENSIONS = { sh: 'sh', js: 'mjs', ts: 'ts' };
let scripts = 0;

/** A process that runs a snippet. */
function start({ language, code }: Snippet) {
  const path = join(folder, `snippet-${++scripts}.${EXTENSIONS[language]}`);
  writeFileSync(path, code);
  const preload = ['--preload', join(folder, 'browser.ts')];
  const command = language === 'sh' ? ['sh', path] : [process.execPath, ...preload, path];
  return Bun.spawn(command, { cwd: folder, stdout: 'pipe', stderr: 'pipe' });
}

async function run(snippet: Snippet): Promise<string> {
  const child = start(snippet);
  const [out, err, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`${snippet.code}\nended with ${code}: ${err}${out}`);
  return out;
}

/** What a snippet prints while records are made, until it has told of one. */
async function listen(snippet: Snippet, name: string): Promise<string> {
  const child = start(snippet);
  let out = '';
  // A shell's own child may hold the pipe open: it ends with the server.
  const reader = child.stdout.getReader();
  void (async () => {
    const decoder = new TextDecoder();
    for (let step = await reader.read(); !step.done; step = await reader.read()) {
      out += decoder.decode(step.value, { stream: true });
    }
  })().catch(() => undefined);
  const until = Date.now() + 6_000;
  while (!/create|insert/i.test(out) && Date.now() < until) {
    await Bun.sleep(100);
    await removeAll(name);
    await makeRecord(name);
  }
  child.kill('SIGKILL');
  await child.exited;
  return out;
}

/** The only record that was not there before, as it is stored. */
async function newest(name: string, before: ReadonlySet<unknown>) {
  const found = await server.core.records.list(systemActor, collection(name), { page: 1, perPage: 500 });
  const fresh = found.items.filter(({ values }) => !before.has(values.id));
  expect(fresh).toHaveLength(1);
  return fresh[0]?.values ?? {};
}

async function idsOf(name: string): Promise<Set<unknown>> {
  const found = await server.core.records.list(systemActor, collection(name), { page: 1, perPage: 500 });
  return new Set(found.items.map(({ values }) => values.id));
}

/** Accounts sign in with TrailBase's clients, superusers do not: what only they may do, those snippets cannot. */
const canRun = (dialect: string, name: string) => dialect !== 'trailbase' || name !== 'locked';

describe.each(COLLECTIONS.map(({ name }) => name))('the snippets of %s', (name) => {
  test('sign in, list and find', async () => {
    const id = name === 'staff' ? '' : await makeRecord(name);
    for (const { dialect, snippet } of snippetsOf(name)) {
      if (!canRun(dialect, name)) continue;
      if (snippet.action === 'sign_in') {
        const out = await run(snippet);
        expect(out).toMatch(snippet.client === 'curl' ? /^ey[\w.-]+\n$/ : /you@example.com/);
      }
      if (snippet.action === 'list' && id !== '') {
        const shown = collection(name).idKind === 'uuid' && dialect === 'trailbase' ? '' : id;
        expect(await run(snippet)).toContain(shown);
      }
      if (snippet.action === 'list' && id === '') await run(snippet);
    }
  }, 60_000);

  test('get one', async () => {
    await removeAll(name);
    const blank = name === 'staff' ? { nick: 'sought' } : {};
    const record = await makeRecord(name, blank);
    for (const { dialect, snippet } of snippetsOf(name, { record })) {
      if (snippet.action !== 'view' || !canRun(dialect, name)) continue;
      const out = await run(snippet);
      const isEncoded = collection(name).idKind === 'uuid' && dialect === 'trailbase';
      expect(out).toContain(isEncoded ? 'text' : record);
    }
  }, 60_000);

  test('types', async () => {
    const typed = snippetsOf(name).filter(({ snippet }) => snippet.action === 'types');
    expect(typed.map(({ snippet }) => snippet.client)).toEqual(['pocketbase', 'bosbase']);
    for (const { snippet } of typed) {
      for (const { name: field, hidden } of collection(name).fields)
        expect([field, new RegExp(`^ {2}${field}: .+;$`, 'm').test(snippet.code)]).toEqual([
          field,
          !hidden && field !== 'secret',
        ]);
      await run(snippet);
    }
  }, 60_000);

  test('create', async () => {
    const { values, files } = sampleRecord(collection(name), relatedTo(collection(name)));
    for (const { dialect, snippet } of snippetsOf(name)) {
      if (snippet.action !== 'create' || !canRun(dialect, name)) continue;
      await removeAll(name);
      const before = await idsOf(name);
      const out = await run(snippet);
      const made = await newest(name, before).catch((error) => {
        throw new Error(`${snippet.code}\nprinted ${out}`, { cause: error });
      });
      const { password: _, passwordConfirm: __, secret: ___, ...plain } = values;
      expect(made).toMatchObject(plain);
      for (const { field } of files) expect(String(made[field.name])).toMatch(/\.(png|pdf|txt)$/);
    }
  }, 60_000);

  test('change and delete', async () => {
    for (const action of ['update', 'delete'] as const) {
      for (const dialect of new Set(snippetsOf(name).map((each) => each.dialect))) {
        if (!canRun(dialect, name)) continue;
        const blank =
          name === 'staff'
            ? { nick: 'old' }
            : { [name === 'everything' || name === 'gallery' ? 'title' : 'text']: 'old' };
        for (const client of ['pocketbase', 'bosbase', 'trailbase', 'curl']) {
          await removeAll(name);
          const record = await makeRecord(name, blank);
          const found = snippetsOf(name, { record }).find(
            (each) =>
              each.dialect === dialect && each.snippet.client === client && each.snippet.action === action,
          );
          if (found === undefined) continue;
          const out = await run(found.snippet);
          const stored = await server.core.records.findStored(collection(name), record);
          const text = `${found.snippet.code}\n${out}`;
          if (action === 'delete') expect(stored === undefined ? '' : text).toBe('');
          else expect(Object.values(stored ?? {}).includes('old') ? text : '').toBe('');
        }
      }
    }
  }, 120_000);

  test('listen', async () => {
    for (const { dialect, snippet } of snippetsOf(name)) {
      if (snippet.action !== 'subscribe' || !canRun(dialect, name)) continue;
      expect(await listen(snippet, name)).toMatch(/create|insert/i);
    }
  }, 120_000);

  test('upload', async () => {
    const record = await makeRecord(name).catch(() => undefined);
    for (const more of [{}, { record }]) {
      for (const { snippet } of snippetsOf(name, more)) {
        if (snippet.action !== 'upload') continue;
        const before = await idsOf(name);
        const out = await run(snippet);
        expect(out).toMatch(snippet.client === 'curl' ? /upload-offset: [1-9]/i : /uploaded/);
        const field = /to (\w+)$/.exec(snippet.title)?.[1] ?? '';
        const values =
          more.record === undefined
            ? await newest(name, before)
            : await server.core.records.findStored(collection(name), more.record);
        expect(String(values?.[field])).toMatch(/\.(png|pdf|txt)$/);
      }
    }
  }, 60_000);
});

test('a build has snippets for every client that it serves', () => {
  const clients = new Set(snippetsOf('gallery').map(({ snippet }) => snippet.client));
  expect([...clients].sort()).toEqual(['bosbase', 'curl', 'pocketbase', 'trailbase', 'tus-js-client']);
});

test('nothing that somebody named or set can break out of the code', () => {
  const hostile = fc.oneof(
    fc.string({ unit: 'binary', minLength: 1 }),
    fc.constantFrom(
      "'; touch broken; '",
      '"); process.exit(7); ("',
      '$(touch broken)',
      '`touch broken`',
      '\\',
      '@/etc/passwd',
      '</script>',
    ),
  );
  const transpiler = new Bun.Transpiler({ loader: 'js' });
  const typed = new Bun.Transpiler({ loader: 'ts' });
  fc.assert(
    fc.property(hostile, hostile, hostile, (option, record, origin) => {
      const plain = collection('gallery');
      const fields = plain.fields.map((field) =>
        field.name === 'tags' ? { ...field, values: [option] } : field,
      );
      const place = { origin, record, core: server.core, related: { reply: record } };
      for (const dialect of dialects) {
        for (const { language, code } of dialect.snippets?.({ ...plain, fields }, place) ?? []) {
          if (language === 'js') transpiler.transformSync(code);
          if (language === 'ts') typed.transformSync(code);
          // Each line ends where it should: without its words in quotes, a command has nothing but what is written in the source.
          const rest = language === 'sh' ? code.replace(/'(?:[^']|'\\'')*'/g, 'X') : '';
          expect(rest).not.toMatch(/touch broken|`/);
        }
      }
    }),
    { numRuns: 40 },
  );
});
