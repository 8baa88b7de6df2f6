import { expect, test } from 'bun:test';
import type { Bindings } from '../ports/database.ts';
import { bindingsKey } from './bindings-key.ts';

test('different values never look alike', () => {
  const bindings: readonly Bindings[] = [
    { a: 1 },
    { a: '1' },
    { a: null },
    { a: 'null' },
    { a: '1\nstring 1 2', b: '3' },
    { a: '1', b: '2' },
    { a: 1n },
  ];
  const keys = bindings.map((each) => bindingsKey(each));
  expect(new Set(keys).size).toBe(bindings.length);
});

test('no key is made of long values, so that nobody fills the memory with them', () => {
  expect(bindingsKey({ a: 'x'.repeat(301) })).toBeUndefined();
  expect(
    bindingsKey(Object.fromEntries(Array.from({ length: 50 }, (_, at) => [`p${at}`, 'some text']))),
  ).toBeUndefined();
  expect(bindingsKey({ a: new Uint8Array(3) })).toBeUndefined();
  expect(bindingsKey({ a: 'x'.repeat(200) })).toBeDefined();
});
