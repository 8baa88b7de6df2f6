import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createFrameReader, encodeFrame } from './frames.ts';

test('frames come out as they went in, however the stream is cut', () => {
  const frame = fc.record({ header: fc.jsonValue({ maxDepth: 2 }), bytes: fc.uint8Array({ maxLength: 40 }) });
  const cuts = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), cuts, (frames, sizes) => {
      const stream = Buffer.concat(frames.map(({ header, bytes }) => encodeFrame(header, bytes)));
      const read = createFrameReader(100);
      const found = [];
      for (let at = 0, turn = 0; at < stream.length; turn++) {
        const end = at + (sizes[turn % sizes.length] ?? 1);
        found.push(...read(stream.subarray(at, end)));
        at = end;
      }
      expect(found.map(({ header }) => JSON.stringify(header))).toEqual(
        frames.map(({ header }) => JSON.stringify(header)),
      );
      expect(found.map(({ bytes }) => [...bytes])).toEqual(frames.map(({ bytes }) => [...bytes]));
    }),
    { numRuns: 100 },
  );
});

test('a frame that claims to be larger than allowed is refused before it arrives', () => {
  const read = createFrameReader(10);
  expect(read(encodeFrame({}, new Uint8Array(10)))).toHaveLength(1);
  expect(() => read(encodeFrame({}, new Uint8Array(11)).subarray(0, 8))).toThrow('too large');
  expect(() => createFrameReader(10)(new Uint8Array([0xff, 0, 0, 0, 0, 0, 0, 0]))).toThrow('too large');
});

test('a header that is not JSON is refused', () => {
  const frame = encodeFrame('x');
  frame[8] = 0x7b;
  expect(() => createFrameReader(10)(frame)).toThrow();
});
