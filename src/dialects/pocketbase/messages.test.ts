import { describe, expect, test } from 'bun:test';
import { join } from 'node:path';
import { Glob } from 'bun';
import { errorCodes } from '../../core/errors.ts';
import { hasWords, messageOf } from './messages.ts';

const CORE = join(import.meta.dir, '../../core');

/** How issues are written in the core: one shape of source each. */
const SHAPES = [
  /(?<!\.)\bissue\(\s*'(\w+)'/g,
  /\breport\([^\n]*?,\s*'(\w+_\w+|required|empty)'/g,
  /\bcode: '(\w+)'/g,
  /\bcode: [^'\n]* \? '(\w+)' : '(\w+)'/g,
  /\breturn '(\w+_\w+)';/g,
  /\? '(\w+_\w+)'\n? +: (?:'(\w+_\w+)'|undefined);/g,
];

/** The codes of issues in the core's source, by the shapes above. */
async function codesOfCore(): Promise<readonly string[]> {
  const codes = new Set<string>();
  for await (const path of new Glob('{auth,backups,collections,fields,files,records}/**/*.ts').scan(CORE)) {
    // What comes of a move is no issue of anybody's input.
    if (path.endsWith('.test.ts') || path.startsWith('fields/pattern/') || path === 'files/move.ts') continue;
    const source = await Bun.file(join(CORE, path)).text();
    for (const shape of SHAPES) {
      for (const [, ...found] of source.matchAll(shape)) for (const code of found) if (code) codes.add(code);
    }
  }
  for (const code of errorCodes) codes.delete(code);
  return [...codes].sort();
}

describe('words for issues', () => {
  test('every code of the core has some', async () => {
    const codes = await codesOfCore();
    expect(codes.length).toBeGreaterThan(60);
    for (const known of [
      'invalid_or_existing_id',
      'pk_change',
      'invalid_regex',
      'length_too_long',
      'is_domain',
    ])
      expect(codes).toContain(known);
    expect(codes.filter((code) => !hasWords(code))).toEqual([]);
  });

  test('are sentences with the code of the wire', () => {
    expect(messageOf({ path: 'n', code: 'missing_field', params: { fieldName: 'nick' } })).toEqual({
      code: 'validation_missing_field',
      message: 'Invalid or missing field nick.',
      params: { fieldName: 'nick' },
    });
  });

  test("have the original's parameters, and none that only the wording needs", () => {
    expect(messageOf({ path: 'tags', code: 'too_many_values', params: { max: 3 } })).toEqual({
      code: 'validation_too_many_values',
      message: 'Select no more than 3.',
      params: { maxSelect: 3 },
    });
    expect(
      messageOf({ path: 'listRule', code: 'invalid_rule', params: { error: 'unexpected end' } }),
    ).toEqual({
      code: 'validation_invalid_rule',
      message: 'Invalid rule. Raw error: unexpected end.',
    });
  });

  test('say something for a code that has none', () => {
    expect(messageOf({ path: 'x', code: 'never_heard_of' })).toEqual({
      code: 'validation_never_heard_of',
      message: 'Invalid value.',
    });
  });
});
