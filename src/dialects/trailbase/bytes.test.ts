import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { base64Text, readBase64, readBytes, readUuid, uuidToBase64 } from './bytes.ts';

const bytes = fc.uint8Array({ maxLength: 40 });

test('bytes come back from every spelling of base64', () => {
  fc.assert(
    fc.property(bytes, (value) => {
      const padded = base64Text(value);
      expect(padded.length % 4).toBe(0);
      const standard = Buffer.from(value).toString('base64');
      for (const text of [padded, padded.replaceAll('=', ''), standard, standard.replaceAll('=', '')])
        expect([...(readBase64(text) ?? ['nothing'])]).toEqual([...value]);
    }),
    { numRuns: 200 },
  );
});

test('no two texts of one alphabet and padding mean the same bytes', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[A-Za-z0-9_-]{0,12}$/), (text) => {
      const read = readBase64(text);
      if (read !== undefined) expect(base64Text(read).replaceAll('=', '')).toBe(text);
    }),
    { numRuns: 500 },
  );
});

test.each(['a', 'AAAAA', 'AB=', 'AA=A', '====', 'A===', 'AA', 'A A=', 'ä', 'AB'])(
  '%p is no base64',
  (text) => {
    const canonical = text === 'AA' ? [0] : undefined;
    expect(readBase64(text)?.toJSON().data).toEqual(canonical);
  },
);

test('a list of bytes is taken, any other list is not', () => {
  expect([...(readBytes([0, 255]) ?? [])]).toEqual([0, 255]);
  expect(readBytes([])).toEqual(new Uint8Array());
  for (const value of [[256], [-1], [1.5], ['1'], [null], 7, null, {}, true])
    expect(readBytes(value)).toBeUndefined();
});

test('36 characters are tried as a UUID before base64', () => {
  const uuid = '0190a8f0-1234-7abc-8def-0123456789ab';
  expect(readBytes(uuid)?.byteLength).toBe(16);
  expect(readBytes('A'.repeat(36))?.byteLength).toBe(27);
});

test('a UUID comes back from every spelling', () => {
  fc.assert(
    fc.property(fc.uuid(), (uuid) => {
      const wire = uuidToBase64(uuid);
      expect(wire).toMatch(/^[\w-]{22}==$/);
      for (const text of [wire, wire.slice(0, 22), uuid, uuid.toUpperCase()])
        expect(readUuid(text)).toBe(uuid);
    }),
    { numRuns: 100 },
  );
  for (const value of [
    '',
    'AAAA',
    'x',
    5,
    null,
    uuidToBase64('0190a8f0-1234-7abc-8def-0123456789ab').slice(1),
  ])
    expect(readUuid(value)).toBeUndefined();
});
