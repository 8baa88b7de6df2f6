import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { PASSWORD, refusal } from '../../../test/support/accounts.ts';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { internalRequest, systemActor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { CollectionInput } from '../collections/collections.ts';
import type { RecordValues } from '../records/record.ts';
import { createTransfers } from './create-transfers.ts';
import type { ExportQuery, ImportOptions, Transfers } from './transfers.ts';

let world: TestCore;
let transfers: Transfers;

const start = async () => {
  world = await openTestCore();
  transfers = createTransfers(world.core.records);
};
const collection = (name: string) => world.core.collections.get(name);
const make = (input: CollectionInput) => world.core.collections.create(systemActor, input);

async function exported(from: Collection, query: ExportQuery = { format: 'csv' }): Promise<string> {
  let text = '';
  for await (const part of await transfers.export(systemActor, from, query)) text += part;
  return text;
}

/** The bytes of a text in pieces that cut characters and line ends in two. */
async function* piecesOf(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

const same = (name: string) =>
  Object.fromEntries(
    collection(name)
      .fields.filter(
        ({ type, system, hidden }) => type !== 'autodate' && type !== 'file' && !(system && hidden),
      )
      .map((field) => [field.name, field.name]),
  );

const imported = (name: string, text: string, options: Partial<ImportOptions> = {}) =>
  transfers.import(systemActor, collection(name), piecesOf(text), { mapping: same(name), ...options });

async function rows(name: string): Promise<readonly RecordValues[]> {
  const { items } = await world.core.records.list(systemActor, collection(name), {
    ...{ page: 1, perPage: 1000, sort: 'id' },
  });
  return items.map(({ values }) => values);
}

describe('what is exported imports equal', () => {
  beforeAll(start);
  afterAll(() => world.close());

  const KINDS = ['[1', 'a,b', '"', "it's", '=1', 'ü', 'plain'];
  const fields: readonly CollectionInput[] = [
    { name: 'text', type: 'text' },
    { name: 'number', type: 'number' },
    { name: 'bool', type: 'bool' },
    { name: 'email', type: 'email' },
    { name: 'url', type: 'url' },
    { name: 'editor', type: 'editor' },
    { name: 'date', type: 'date' },
    { name: 'select', type: 'select', values: KINDS, maxSelect: 1 },
    { name: 'selects', type: 'select', values: KINDS, maxSelect: 7 },
    { name: 'json', type: 'json' },
    { name: 'relation', type: 'relation', collectionId: 'targets', maxSelect: 1 },
    { name: 'relations', type: 'relation', collectionId: 'targets', maxSelect: 3 },
    { name: 'point', type: 'geoPoint' },
    { name: 'integer', type: 'integer' },
    { name: 'real', type: 'real' },
    { name: 'string', type: 'string' },
    { name: 'bytes', type: 'bytes' },
    { name: 'uuid', type: 'uuid' },
    { name: 'any', type: 'any' },
    { name: 'geometry', type: 'geometry' },
    { name: 'preset', type: 'string', default: { kind: 'value', value: 'x' } },
  ];

  // Text that means something to spreadsheets, to CSV, to JSON and to the readers of fields.
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 30 }).filter((each) => !each.includes('\0')),
    fc
      .array(fc.constantFrom('"', ',', '\r', '\n', "'", '=', '-', '@', '\t', '1', 'e', '[', ' ', 'null'), {
        maxLength: 6,
      })
      .map((parts) => parts.join('')),
    fc.constantFrom('=1+1', "'=1", "''@x", '-5', '"12"', '12', 'null', 'true', '[1]', '{"a":1}', ' x ', '﻿x'),
  );
  const ids = fc.uniqueArray(fc.constantFrom('target000000001', 'target000000002', 'target000000003'));
  const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
  const real = fc.double({ noNaN: true, noDefaultInfinity: true });
  const nullable = <T>(values: fc.Arbitrary<T>) => fc.option(values);
  const record = fc.record({
    text,
    number: real.map((value) => value + 0),
    bool: fc.boolean(),
    email: fc.constantFrom('', 'a@example.com', "o'hara+x@example.com", '=x@example.com'),
    url: fc.constantFrom('', 'https://example.com/?a=1,2'),
    editor: text,
    date: fc.constantFrom('', '2030-01-02 03:04:05.678Z', '1969-01-01 00:00:00.000Z'),
    select: fc.constantFrom('', ...KINDS).map((each) => [each]),
    selects: fc.uniqueArray(fc.constantFrom(...KINDS)),
    json: fc.oneof(fc.jsonValue(), text).map((value) => {
      return typeof value === 'string' ? JSON.stringify(value) : value;
    }),
    relation: ids.map((each) => each.slice(0, 1)),
    relations: ids,
    point: fc.record({ lon: fc.integer({ min: -180, max: 180 }), lat: fc.integer({ min: -90, max: 90 }) }),
    integer: nullable(integer),
    real: nullable(real),
    string: nullable(text),
    bytes: nullable(fc.uint8Array({ maxLength: 9 })),
    uuid: nullable(fc.uuid()),
    any: nullable(fc.oneof(text, real, integer)),
    geometry: nullable(fc.constant({ type: 'Point', coordinates: [-13.4, 52.5] })),
    preset: nullable(text),
  });

  for (const idKind of ['text', 'integer', 'uuid'] as const) {
    test(`for every field type, in every format, with ids of kind ${idKind}`, async () => {
      if (!world.core.collections.schema.byName('targets')) {
        await make({ name: 'targets' });
        for (const digit of '123') {
          await world.core.records.create(systemActor, collection('targets'), {
            id: `target00000000${digit}`,
          });
        }
      }
      const bound = fields.map((field) => ({
        ...field,
        ...(field.collectionId ? { collectionId: collection('targets').id } : {}),
      }));
      const [from, to] = [`from_${idKind}`, `to_${idKind}`];
      await make({ name: from, idKind, fields: bound });
      await make({ name: to, idKind, fields: bound });
      const { records, collections } = world.core;
      await fc.assert(
        fc.asyncProperty(fc.array(record, { maxLength: 5 }), async (inputs) => {
          await collections.truncate(systemActor, from);
          for (const input of inputs) await records.create(systemActor, collection(from), input);
          const kept = await rows(from);
          for (const format of ['csv', 'jsonl', 'json'] as const) {
            await collections.truncate(systemActor, to);
            const result = await imported(to, await exported(collection(from), { format }), { format });
            expect(result.errors).toEqual([]);
            expect(result.written).toBe(inputs.length);
            expect(await rows(to)).toEqual(kept);
          }
        }),
        { numRuns: 40 },
      );
    }, 60_000);
  }
});

describe('export', () => {
  beforeEach(start);
  afterEach(() => world.close());

  const people = () =>
    make({
      name: 'people',
      fields: [
        { name: 'name', type: 'text' },
        { name: 'age', type: 'number' },
        { name: 'secret', type: 'text', hidden: true },
        { name: 'key', type: 'password' },
        { name: 'born', type: 'autodate', onCreate: true },
      ],
    });

  test('neutralises what a spreadsheet would run, and leaves numbers alone', async () => {
    await people();
    const names = ['=HYPERLINK("http://x")', '+1', '-1', '@SUM(A1)', '\tx', '\rx', "'=x", "'x", 'x=1'];
    for (const [at, name] of names.entries()) {
      await world.core.records.create(systemActor, collection('people'), { name, age: -at });
    }
    const csv = await exported(collection('people'), { format: 'csv', fields: ['name', 'age'] });
    expect(csv).toBe(
      [
        'name,age',
        `"'=HYPERLINK(""http://x"")",0`,
        "'+1,-1",
        "'-1,-2",
        "'@SUM(A1),-3",
        `"'\tx",-4`,
        `"'\rx",-5`,
        "''=x,-6",
        "'x,-7",
        'x=1,-8',
        '',
      ].join('\r\n'),
    );
  });

  test('lets others have their turn while it goes on, although nothing is waited for', async () => {
    await people();
    const values = { name: 'p', age: 1 };
    const inputs = Array.from({ length: 2100 }, () => ({ values }));
    await world.core.records.import(systemActor, collection('people'), inputs);
    let turns = 0;
    let isOver = false;
    const turn = () => {
      turns++;
      if (!isOver) setImmediate(turn);
    };
    turn();
    await exported(collection('people'));
    isOver = true;
    expect(turns).toBeGreaterThanOrEqual(4);
  });

  test('follows filter, sort and rules over many pages, each record once', async () => {
    await people();
    const total = 1203;
    const inputs = Array.from({ length: total }, (_, at) => ({ name: `p${at}`, age: at % 7 }));
    await world.core.records.import(
      systemActor,
      collection('people'),
      inputs.map((values) => ({ values })),
    );
    const lines = async (query: Partial<ExportQuery>) =>
      (await exported(collection('people'), { format: 'csv', fields: ['name', 'age'], ...query }))
        .trimEnd()
        .split('\r\n')
        .slice(1);
    const all = inputs.map(({ name, age }) => `${name},${age}`);
    expect(await lines({})).toEqual(all);
    expect(await lines({ sort: '-age' })).toEqual(
      [6, 5, 4, 3, 2, 1, 0].flatMap((age) => all.filter((line) => line.endsWith(`,${age}`))),
    );
    expect(await lines({ filter: 'age = 3 || age = 5' })).toEqual(all.filter((line) => /,[35]$/.test(line)));
    const guest = { kind: 'guest', request: internalRequest } as const;
    expect((await refusal(transfers.export(guest, collection('people'), { format: 'csv' }))).code).toBe(
      'forbidden',
    );
    await world.core.collections.update(systemActor, 'people', { listRule: 'age = 1' });
    let seen = '';
    for await (const part of await transfers.export(guest, collection('people'), { format: 'csv' }))
      seen += part;
    expect(seen.split('\r\n')[0]).toBe('id,name,age,born');
    expect(seen.trimEnd().split('\r\n')).toHaveLength(1 + all.filter((line) => line.endsWith(',1')).length);
  });

  test('a filter that cannot be read is refused before anything is sent', async () => {
    await people();
    const query = { format: 'csv', filter: 'nothing = 1' } as const;
    expect((await refusal(transfers.export(systemActor, collection('people'), query))).reason).toBe(
      'bad_filter',
    );
  });

  test('keeps what belongs to nobody: passwords and keys of accounts', async () => {
    await world.core.records.create(systemActor, collection('users'), {
      ...{ email: 'mia@example.com', password: PASSWORD, passwordConfirm: PASSWORD },
    });
    const [header = ''] = (await exported(collection('users'))).split('\r\n');
    expect(header).toBe('id,email,emailVisibility,verified,name,avatar,created,updated');
  });

  test('an empty list is a header, an empty array, nothing', async () => {
    await people();
    expect(await exported(collection('people'), { format: 'csv' })).toBe('id,name,age,secret,born\r\n');
    expect(JSON.parse(await exported(collection('people'), { format: 'json' }))).toEqual([]);
    expect(await exported(collection('people'), { format: 'jsonl' })).toBe('');
  });
});

describe('preview', () => {
  beforeEach(start);
  afterEach(() => world.close());

  const preview = (text: string, options = {}) =>
    transfers.preview(collection('users'), piecesOf(text), options);

  test('finds delimiter, header, types and fields', async () => {
    const text =
      'Name;EMail;Age;Joined;Site;Data\r\n"Müller; Eva";eva@example.com;3,5;2030-01-01;https://x.org;{"a":1}\r\nBo;bo@example.com;4;;;\r\n';
    const found = await preview(`﻿${text}`);
    expect([found.format, found.delimiter, found.header]).toEqual(['csv', ';', true]);
    expect(found.columns).toEqual([
      { name: 'Name', guess: 'text', field: 'name' },
      { name: 'EMail', guess: 'email', field: 'email' },
      { name: 'Age', guess: 'text', field: undefined },
      { name: 'Joined', guess: 'date', field: undefined },
      { name: 'Site', guess: 'url', field: undefined },
      { name: 'Data', guess: 'json', field: undefined },
    ]);
    expect(found.rows[0]?.slice(0, 3)).toEqual(['Müller; Eva', 'eva@example.com', '3,5']);
  });

  test('shows the beginning of long values', async () => {
    const long = 'ü'.repeat(100_000);
    for (const text of [`name,b\n${long},1`, JSON.stringify({ name: long, b: [long] })]) {
      const [row = []] = (await preview(text)).rows;
      expect(row[0]).toMatch(/^ü{500,2000}…$/);
      expect(row[1]?.length).toBeLessThan(2000);
    }
  });

  test('a file without a header has numbered columns', async () => {
    const found = await preview('1\tx\n2\ty');
    expect([found.delimiter, found.header]).toEqual(['\t', false]);
    expect(found.columns.map(({ name, guess }) => [name, guess])).toEqual([
      ['1', 'number'],
      ['2', 'text'],
    ]);
    expect((await preview('1\tx\n2\ty', { header: true })).columns.map(({ name }) => name)).toEqual([
      '1',
      'x',
    ]);
  });

  test('reads JSON of either kind, and no more than twenty rows', async () => {
    const objects = Array.from({ length: 30 }, (_, at) => JSON.stringify({ name: `n${at}`, age: at }));
    for (const text of [`[${objects.join(',')}]`, objects.join('\n')]) {
      const found = await preview(text);
      expect(found.rows).toHaveLength(20);
      expect(found.columns.map(({ name, guess }) => [name, guess])).toEqual([
        ['name', 'text'],
        ['age', 'number'],
      ]);
    }
    let given = 0;
    async function* endless() {
      for (;;) {
        given++;
        yield new TextEncoder().encode('a,b\n'.repeat(10_000));
      }
    }
    await transfers.preview(collection('users'), endless());
    expect(given).toBeLessThan(10);
  });

  test('what cannot be read is told with its row', async () => {
    const at = async (text: string) => {
      const { code, reason, params } = await refusal(preview(text));
      return [code, reason, params.row];
    };
    expect(await at('{"a":1}\n{"a":')).toEqual(['invalid', 'bad_json', 2]);
    expect(await at('[{"a":1} {"a":2}]')).toEqual(['invalid', 'bad_json', 2]);
    expect(await at('[1,2]')).toEqual(['invalid', 'bad_json', 1]);
    expect(await at(`{"a":${'['.repeat(100)}`)).toEqual(['invalid', 'bad_json', 1]);
    expect(await at(','.repeat(2000))).toEqual(['invalid', 'too_many_columns', 1]);
    const wide = JSON.stringify(Object.fromEntries(Array.from({ length: 2000 }, (_, index) => [index, 1])));
    expect(await at(`{"a":1}\n${wide}`)).toEqual(['invalid', 'too_many_columns', 2]);
    expect(await at('')).toEqual(['invalid', 'no_columns', 1]);
    async function* latin1() {
      yield Uint8Array.of(0x4d, 0xfc, 0x0a);
    }
    expect((await refusal(transfers.preview(collection('users'), latin1()))).reason).toBe('not_utf8');
    async function* long() {
      for (;;) yield new TextEncoder().encode(`"${'x'.repeat(1_000_000)}`.replaceAll('"', '\u201c'));
    }
    const options = { format: 'csv', mapping: { '1': 'name' }, header: false } as const;
    expect((await refusal(transfers.import(systemActor, collection('users'), long(), options))).reason).toBe(
      'row_too_long',
    );
  });
});

describe('import', () => {
  beforeEach(start);
  afterEach(() => world.close());

  const items = async () => {
    await make({
      name: 'items',
      fields: [
        { name: 'code', type: 'text', required: true },
        { name: 'count', type: 'number', min: 1 },
      ],
      indexes: ['CREATE UNIQUE INDEX items_code ON items (code)'],
    });
  };
  const mapping = { Code: 'code', Count: 'count' };
  const table = (...lines: string[]) => ['Code,Count', ...lines].join('\n');
  const codes = async () => (await rows('items')).map(({ code }) => code);

  test('stops at the first row that cannot be taken, and keeps those before it', async () => {
    await items();
    const result = await imported('items', table('a,1', 'b,2', 'c,0.5', 'd,4'), { mapping });
    expect(result).toMatchObject({ written: 2, failed: 1, stopped: true });
    expect(result.errors).toEqual([
      { row: 3, column: 'Count', code: 'min_number_constraint', params: { min: 1 } },
    ]);
    expect(await codes()).toEqual(['a', 'b']);
  });

  test('or goes on without it', async () => {
    await items();
    const lines = Array.from({ length: 700 }, (_, at) => (at % 100 === 3 ? `,${at}` : `c${at},${at + 1}`));
    lines[400] = 'c1,1';
    lines[401] = 'x,1,1';
    const result = await imported('items', table(...lines), { mapping, onError: 'skip' });
    expect(result).toMatchObject({ read: 700, written: 691, failed: 9, stopped: false });
    expect(result.errors.map(({ row, column, code }) => [row, column, code])).toEqual([
      ...[4, 104, 204, 304].map((row) => [row, 'Code', 'required']),
      [401, 'Code', 'not_unique'],
      [402, '', 'too_many_cells'],
      ...[404, 504, 604].map((row) => [row, 'Code', 'required']),
    ]);
    expect(await codes()).toHaveLength(691);
  });

  test('a dry run tells every error and writes nothing', async () => {
    await items();
    const result = await imported('items', table('a,1', 'a,2', 'b,0.5', 'c,3'), { mapping, dryRun: true });
    expect(result).toMatchObject({ written: 2, failed: 2, stopped: false });
    expect(result.errors.map(({ row, column }) => [row, column])).toEqual([
      [2, 'Code'],
      [3, 'Count'],
    ]);
    expect(await codes()).toEqual([]);
    // The same file in earnest: what was written by a rehearsal would be in its way.
    expect(await imported('items', table('a,1', 'c,3'), { mapping })).toMatchObject({
      written: 2,
      failed: 0,
    });
  });

  test('a taken id refuses, is left alone or replaced', async () => {
    await items();
    const file = (code: string) => `id,code,count\nitem00000000001,${code},1\n`;
    await imported('items', file('a'));
    expect((await imported('items', file('b'))).errors[0]).toMatchObject({ row: 1, column: 'id' });
    expect(await imported('items', file('b'), { onConflict: 'ignore' })).toMatchObject({
      ignored: 1,
      written: 0,
    });
    expect(await codes()).toEqual(['a']);
    expect(await imported('items', file('b'), { onConflict: 'replace' })).toMatchObject({ written: 1 });
    expect(await codes()).toEqual(['b']);
  });

  test('a mapping to what cannot be imported is refused', async () => {
    const wrong = { A: 'created', B: 'nothing', C: 'name', D: 'name', E: 'avatar', F: 'tokenKey' };
    const error = await refusal(imported('users', 'A,B\n', { mapping: wrong }));
    expect(error.issues.map(({ path, code }) => [path, code])).toEqual([
      ['mapping.A', 'field_not_importable'],
      ['mapping.B', 'field_unknown'],
      ['mapping.D', 'field_mapped_twice'],
      ['mapping.E', 'field_not_importable'],
      ['mapping.F', 'field_not_importable'],
    ]);
  });

  test('accounts come with their passwords', async () => {
    const lines = Array.from({ length: 120 }, (_, at) => `p${at}@example.com,password of ${at}`);
    const file = `mail,secret\n${lines.join('\n')}\np@example.com,short`;
    const result = await imported('users', file, {
      mapping: { mail: 'email', secret: 'password' },
      onError: 'skip',
    });
    expect(result).toMatchObject({ written: 120, failed: 1 });
    expect(result.errors[0]).toMatchObject({ row: 121, column: 'secret' });
    expect(world.passwords.hashed).toContain('password of 119');
  });

  test('rules hold for whoever imports', async () => {
    await items();
    const guest = { kind: 'guest', request: internalRequest } as const;
    const run = () => transfers.import(guest, collection('items'), piecesOf(table('a,1')), { mapping });
    expect((await refusal(run())).code).toBe('forbidden');
    await world.core.collections.update(systemActor, 'items', { createRule: 'count > 5' });
    expect((await run()).errors).toEqual([{ row: 1, column: '', code: 'rule_failed', params: {} }]);
  });
});
