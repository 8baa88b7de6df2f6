import { afterAll, beforeAll, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemActor } from '../../../src/core/actor.ts';
import { SqlProblems } from '../../../src/dialects/trailbase/sql/problem.ts';
import { type ReadTable, readTables } from '../../../src/dialects/trailbase/sql/read-tables.ts';
import { openTestCore, type TestCore } from '../../support/core.ts';

/*
 * Each file: SQL, a line `-- expected`, and what it becomes: the definitions that the core is given, or the sentences of a
 * refusal.
 */

const MARK = '\n-- expected\n';
const files = readdirSync(import.meta.dir).filter((name) => name.endsWith('.sql'));

let world: TestCore;
beforeAll(async () => {
  world = await openTestCore();
  await world.core.collections.create(systemActor, {
    name: 'posts',
    fields: [{ name: 'title', type: 'text' }],
  });
});
afterAll(() => world.close());

const jsonSchemas = new Map([['address', { type: 'object', required: ['city'] }]]);

test.each(files)('%s', async (name) => {
  const text = readFileSync(join(import.meta.dir, name), 'utf8');
  const [sql = '', expected] = text.split(MARK);
  const { collections } = world.core;
  let found: string;
  let tables: readonly ReadTable[] = [];
  try {
    tables = readTables(sql, { schema: collections.schema, jsonSchemas });
    found = tables.map(describeTable).join('\n');
  } catch (error) {
    if (!(error instanceof SqlProblems)) throw error;
    found = error.sentences.join('\n');
  }
  expect(found).toBe((expected ?? '').trimEnd());
  // The core takes what was made of it.
  const made = await collections.createAll(
    systemActor,
    tables.map(({ definition }) => definition),
  );
  for (const { id } of made.toReversed()) await collections.delete(systemActor, id);
});

function describeTable({ definition, draft }: ReadTable): string {
  const { name, idKind, fields, indexes } = definition;
  const key = draft.key === 'id' ? '' : `, key ${draft.key}`;
  return [
    `${name}: ids are ${idKind}${key}`,
    ...lines(fields),
    ...lines(indexes).map((line) => line.replaceAll('\\"', '"')),
    ...draft.views.map((view) => `  view ${JSON.stringify(view)}`),
  ].join('\n');
}

function lines(items: unknown): readonly string[] {
  return Array.isArray(items) ? items.map((item) => `  ${JSON.stringify(item)}`) : [];
}
