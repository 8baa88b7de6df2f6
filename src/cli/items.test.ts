import { expect, test } from 'bun:test';
import { OperatorError } from '../server/operator-error.ts';
import { describeFailure } from './failure.ts';
import { bytesText, printItems, type Terminal } from './items.ts';

/** A terminal that remembers, with a clock that goes on by `step` ms at each look. */
function screen(drawn: boolean, step = 0) {
  let now = 0;
  const written = { out: '', err: '' };
  const at: Terminal = {
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    drawn,
    now: () => {
      now += step;
      return now;
    },
  };
  return { at, written };
}

async function* items(...list: readonly object[]) {
  yield* list;
}

const never = new Promise<void>(() => undefined);
const half = { kind: 'progress', done: 1, total: 2, bytes: 2048 };

test('progress is drawn over itself on a terminal, and gone before a line', async () => {
  const { at, written } = screen(true, 1000);
  const list = items(half, { kind: 'summary' });
  await printItems(list, () => 'done', { json: false, at, interrupted: never });
  expect(written.out).toBe('done\n');
  expect(written.err).toBe(`\r\x1b[K[${'#'.repeat(12)}${'.'.repeat(12)}] 50 %  1 of 2 files, 2.0 KB\r\x1b[K`);
});

test('elsewhere progress is a line every few seconds', async () => {
  const { at, written } = screen(false, 1100);
  const list = items(...Array.from({ length: 10 }, () => half));
  await printItems(list, () => undefined, { json: false, at, interrupted: never });
  const lines = written.err.trimEnd().split('\n');
  expect(lines.length).toBeWithin(1, 4);
  expect(lines[0]).not.toContain('\r');
});

test('names in a bucket cannot move the cursor or make lines of their own', async () => {
  const { at, written } = screen(false);
  const key = 'a\nall is well\x1b[2J\u202e';
  await printItems(items({ key }), (item) => String(item.key), { json: false, at, interrupted: never });
  expect(written.out).toBe('a\\u{a}all is well\\u{1b}[2J\\u{202e}\n');
  expect(describeFailure(new OperatorError('it is "\x1b[2J"'))).toBe('it is "\\u{1b}[2J"');
});

test('JSON has everything, progress too, a line each', async () => {
  const { at, written } = screen(true);
  await printItems(items(half, { a: 1 }), () => 'no', { json: true, at, interrupted: never });
  expect(written).toEqual({ out: `${JSON.stringify(half)}\n{"a":1}\n`, err: '' });
});

test('an interruption ends the work, and says that it can go on', async () => {
  let ended = false;
  async function* endless() {
    try {
      for (;;) {
        yield half;
        await Bun.sleep(1);
      }
    } finally {
      ended = true;
    }
  }
  const { at } = screen(false);
  const printing = printItems(endless(), () => undefined, { json: false, at, interrupted: Bun.sleep(10) });
  await expect(printing).rejects.toThrow('Stopped; run the same command again to go on.');
  await Bun.sleep(20);
  expect(ended).toBe(true);
});

test.each([
  [0, '0 bytes'],
  [1023, '1023 bytes'],
  [1024, '1.0 KB'],
  [5 * 1024 ** 3, '5.0 GB'],
  [3000 * 1024 ** 4, '3000.0 TB'],
])('%p bytes', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});

test('no item at all is told to people, and to no program', async () => {
  for (const [json, said] of [
    [false, 'There is nothing.\n'],
    [true, ''],
  ] as const) {
    const { at, written } = screen(false);
    await printItems(items(), () => 'a line', { json, empty: 'There is nothing.', at, interrupted: never });
    expect(written.out).toBe(said);
  }
});
