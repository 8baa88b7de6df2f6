import { expect, test } from 'bun:test';
import fc from 'fast-check';
import type { DbRow } from '../../../core/ports/database.ts';
import { encodeFrame, FrameDecoder } from './frames.ts';
import { decodeRows, decodeValue, encodeRows, encodeValue } from './wire-values.ts';

const value = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.uint8Array(),
);
const overJson = <T>(thing: T): T => JSON.parse(JSON.stringify(thing));

test('every value survives the way to another process', () => {
  fc.assert(fc.property(value, (v) => expect(decodeValue(overJson(encodeValue(v)))).toEqual(v)));
});

test('rows survive the way back', () => {
  const row: fc.Arbitrary<DbRow> = fc.record({ a: value, b: value, 'a name with "quotes"': value });
  fc.assert(
    fc.property(fc.array(row), (rows) => expect(decodeRows(overJson(encodeRows(rows)))).toEqual(rows)),
  );
});

test('frames come together however they are cut', () => {
  const texts = fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 5 });
  fc.assert(
    fc.property(texts, fc.integer({ min: 1, max: 9 }), (messages, step) => {
      const bytes = Buffer.concat(messages.map(encodeFrame));
      const decoder = new FrameDecoder();
      const received: string[] = [];
      for (let at = 0; at < bytes.length; at += step)
        received.push(...decoder.push(bytes.subarray(at, at + step)));
      expect(received).toEqual(messages);
    }),
  );
});
