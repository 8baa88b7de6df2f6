import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { decodeBase64, slicesOf } from './base64-stream.ts';

async function decoded(pieces: Iterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of decodeBase64(pieces)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function* cut(text: string, size: number) {
  for (let at = 0; at < text.length; at += size) yield Buffer.from(text.slice(at, at + size));
}

test('any bytes come back from every spelling, however it is cut', async () => {
  const spellings = [
    (bytes: Buffer) => bytes.toString('base64'),
    (bytes: Buffer) => bytes.toString('base64url'),
    (bytes: Buffer) => bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_'),
  ];
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array({ maxLength: 60 }),
      fc.constantFrom(...spellings),
      fc.integer({ min: 1, max: 9 }),
      async (bytes, spell, size) => {
        expect(await decoded(cut(spell(Buffer.from(bytes)), size))).toEqual(Buffer.from(bytes));
      },
    ),
    { numRuns: 300 },
  );
});

test('a long text is decoded in slices', async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const text = Buffer.concat([bytes, bytes, bytes]).toString('base64');
  expect([...slicesOf(text)].length).toBeGreaterThan(3);
  expect(Bun.hash(await decoded(slicesOf(text)))).toBe(Bun.hash(Buffer.concat([bytes, bytes, bytes])));
});

test('what is no base64 is refused, in any place', async () => {
  const refused = [
    'A',
    'AAAAA',
    '=',
    'AA=A',
    'AAA==',
    'AA==AAAA',
    'AAAA====',
    'AAAA=',
    'Ł===',
    'AAAA BBBB',
    'AA\nAA',
    'AB==',
  ];
  for (const text of [...refused, `${'A'.repeat(100)}*AAA`, `${'Ł'.repeat(4)}AAAA`]) {
    for (const size of [1, 3, 4, 1000]) {
      const reading = decoded(cut(text, size));
      await expect(reading).rejects.toMatchObject({ status: 400, text: 'Invalid Parameters' });
    }
  }
  expect(await decoded(cut('', 1))).toEqual(Buffer.alloc(0));
});
