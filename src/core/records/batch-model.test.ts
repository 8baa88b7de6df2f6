import { afterAll, beforeAll, expect, test } from 'bun:test';
import fc from 'fast-check';
import {
  collectionId,
  guest,
  openRecordWorld,
  type RecordWorld,
  superuser,
} from '../../../test/support/records.ts';
import { AppError } from '../errors.ts';
import type { Operation } from './operations.ts';

/** An operation on one of two equal collections. */
type Step =
  | {
      readonly kind: 'create' | 'update';
      readonly at: number;
      readonly title: string;
      readonly parent: number;
    }
  | { readonly kind: 'delete'; readonly at: number };

let world: RecordWorld;

beforeAll(async () => {
  const like = (name: string) => ({
    name,
    fields: [
      { name: 'title', type: 'text', max: 3 },
      {
        name: 'parent',
        type: 'relation',
        collectionId: collectionId(name),
        maxSelect: 1,
        cascadeDelete: true,
      },
    ],
    indexes: [`CREATE UNIQUE INDEX \`${name}_title\` ON \`${name}\` (\`title\`)`],
    rules: { create: "title != 'no'", update: "title != 'x'" },
  });
  world = await openRecordWorld([like('one'), like('other')]);
});

afterAll(() => world.close());

const idOf = (n: number) => (n === 0 ? '' : `record00000000${n}`);

function operation(name: string, step: Step): Operation {
  const collection = world.collection(name);
  const id = idOf(step.at);
  if (step.kind === 'delete') return { kind: 'delete', collection, id };
  const input = { title: step.title, parent: idOf(step.parent) };
  if (step.kind === 'update') return { kind: 'update', collection, id, input };
  return { kind: 'create', collection, input: { id, ...input } };
}

async function alone(made: Operation): Promise<void> {
  const { collection } = made;
  if (made.kind === 'create') await world.records.create(guest, collection, made.input);
  else if (made.kind === 'update') await world.records.update(guest, collection, made.id, made.input);
  else await world.records.delete(guest, collection, made.id);
}

async function stateOf(name: string): Promise<readonly string[]> {
  const query = { page: 1, perPage: 1000, sort: 'id' };
  const { items } = await world.records.list(superuser, world.collection(name), query);
  return items.map(({ values }) => `${values.id} ${values.title} ${values.parent}`);
}

async function clear(name: string): Promise<void> {
  const { items } = await world.records.list(superuser, world.collection(name), { page: 1, perPage: 1000 });
  for (const { values } of items) {
    const id = String(values.id);
    if (await world.records.findStored(world.collection(name), id)) {
      await world.records.delete(superuser, world.collection(name), id);
    }
  }
}

function tell(error: unknown): string {
  if (!(error instanceof AppError)) throw error;
  return [error.code, error.reason, ...error.issues.map(({ path, code }) => `${path} ${code}`)].join(' ');
}

const at = fc.integer({ min: 1, max: 4 });
const title = fc.oneof(
  { weight: 12, arbitrary: fc.string({ minLength: 2, maxLength: 2, unit: 'grapheme-ascii' }) },
  fc.constantFrom('a', 'a', 'x', 'no', 'long'),
);
const parent = fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, at);
const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('create' as const),
        at: fc.integer({ min: 3, max: 9 }),
        title,
        parent,
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('update' as const), at, title, parent }) },
    fc.record({ kind: fc.constant('delete' as const), at }),
  ),
  { maxLength: 6 },
);

const ALWAYS: readonly Step[] = [1, 2, 3].map((at) => ({
  kind: 'create',
  at,
  title: `${at}`,
  parent: at - 1,
}));

test('a batch does what its operations do one by one, or, where one would fail, nothing', async () => {
  let whole = 0;
  await fc.assert(
    fc.asyncProperty(steps, steps, async (before, batch) => {
      await clear('one');
      await clear('other');
      for (const step of [...ALWAYS, ...before]) {
        for (const name of ['one', 'other']) await alone(operation(name, step)).catch(tell);
      }
      const untouched = await stateOf('other');
      let failure: string | undefined;
      for (const [index, step] of batch.entries()) {
        await alone(operation('one', step)).catch((error: unknown) => {
          failure = `${index}: ${tell(error)}`;
        });
        if (failure !== undefined) break;
      }
      const answer = await world.records
        .batch(
          guest,
          batch.map((step) => operation('other', step)),
        )
        .then(
          () => undefined,
          (error: AppError) => `${error.params.operation}: ${tell(error)}`,
        );
      expect(answer).toBe(failure);
      expect(await stateOf('other')).toEqual(failure === undefined ? await stateOf('one') : untouched);
      if (failure === undefined && batch.length > 1) whole++;
    }),
    { numRuns: 150, seed: 7 },
  );
  // Both outcomes were tried.
  expect(whole).toBeGreaterThan(10);
});
