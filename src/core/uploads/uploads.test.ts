import { afterEach, beforeEach, expect, test } from 'bun:test';
import { openTestCore, type TestCore } from '../../../test/support/core.ts';
import { type Actor, internalRequest, systemActor } from '../actor.ts';
import type { Upload } from './uploads.ts';

let world: TestCore;
beforeEach(async () => {
  world = await openTestCore();
  const file = { type: 'file', maxSize: 1_000_000 };
  await world.core.collections.create(systemActor, {
    name: 'films',
    type: 'base',
    createRule: '',
    viewRule: '',
    updateRule: 'locked = false',
    fields: [
      { name: 'title', type: 'text', max: 10 },
      { name: 'locked', type: 'bool' },
      { ...file, name: 'video' },
      { ...file, name: 'clips', maxSelect: 2 },
      { ...file, name: 'secret', hidden: true },
    ],
  });
});
afterEach(() => world.close());

const guest: Actor = { kind: 'guest', request: internalRequest };
const target = { collection: 'films', field: 'video' };

async function* bytesOf(...parts: (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield typeof part === 'string' ? Buffer.from(part) : part;
}

function send(actor: Actor, id: string, offset: number, text: string): Promise<Upload> {
  return world.core.uploads.append(actor, id, { offset, length: text.length, source: bytesOf(text) });
}

async function begin(actor: Actor, size: number | undefined, more: object = {}): Promise<string> {
  const made = await world.core.uploads.create(actor, {
    target,
    filename: 'a.txt',
    metadata: '',
    size,
    ...more,
  });
  return made.id;
}

async function contentOf(record: string, field = 'video'): Promise<readonly string[]> {
  const films = world.core.collections.get('films');
  const { values } = await world.core.records.view(systemActor, films, record);
  const value = values[field];
  const names = Array.isArray(value) ? value.map(String) : [String(value)];
  const texts: string[] = [];
  for (const name of names) {
    const { file } = await world.core.files.find(systemActor, films, record, name);
    texts.push(await new Response(await world.core.files.read(file)).text());
  }
  return texts;
}

test('bytes in pieces become the file of a new record', async () => {
  const { uploads } = world.core;
  const id = await begin(guest, 11, { target: { ...target, data: { title: 'Home' } } });
  expect((await send(guest, id, 0, 'hello ')).offset).toBe(6);
  await send(guest, id, 6, 'world');
  const done = await uploads.finish(guest, id);
  expect(done).toMatchObject({ offset: 11, size: 11, record: { collection: 'films' } });
  expect(await contentOf(done.record?.id ?? '')).toEqual(['hello world']);
  expect((await uploads.find(guest, id)).offset).toBe(11);
  expect((await uploads.finish(guest, id)).record).toEqual(done.record);
});
