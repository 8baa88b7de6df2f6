import { expect, test } from 'bun:test';
import { Readable } from 'node:stream';
import { queueBytes } from './byte-queue.ts';

const CHUNK = Buffer.alloc(100_000, 'x');

/** A stream of `count` chunks that tells how many were taken. */
function streamOf(count: number): { stream: Readable; taken: () => number } {
  let taken = 0;
  const stream = new Readable({
    read() {
      this.push(taken++ < count ? CHUNK : null);
    },
  });
  return { stream, taken: () => taken };
}

async function sizeOf(bytes: AsyncIterable<Uint8Array>): Promise<number> {
  let size = 0;
  for await (const chunk of bytes) size += chunk.byteLength;
  return size;
}

test('all bytes come through', async () => {
  expect(await sizeOf(queueBytes(streamOf(50).stream))).toBe(5_000_000);
  expect(await sizeOf(queueBytes(streamOf(0).stream))).toBe(0);
});

test('a slow reader holds the stream back', async () => {
  const { stream, taken } = streamOf(1000);
  const bytes = queueBytes(stream);
  await bytes[Symbol.asyncIterator]().next();
  await Bun.sleep(10);
  expect(taken()).toBeLessThan(20);
});

test('what is discarded flows to its end', async () => {
  const { stream } = streamOf(1000);
  const bytes = queueBytes(stream);
  const ended = new Promise((resolve) => stream.on('end', resolve));
  await bytes[Symbol.asyncIterator]().next();
  bytes.discard();
  await ended;
});

test('reading on after a discard is an error, not an end', async () => {
  const bytes = queueBytes(streamOf(1000).stream);
  const iterator = bytes[Symbol.asyncIterator]();
  await iterator.next();
  bytes.discard();
  await expect(iterator.next()).rejects.toThrow('read after discard');
});

test('a failure wakes the reader that waits', async () => {
  const bytes = queueBytes(new Readable({ read() {} }));
  const reading = sizeOf(bytes);
  bytes.fail(new Error('gone'));
  await expect(reading).rejects.toThrow('gone');
});
