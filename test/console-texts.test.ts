import { describe, expect, test } from 'bun:test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { textsOf } from '../src/console/texts/index.ts';
import { errorCodes } from '../src/core/errors.ts';
import { loadConfig } from '../src/server/config.ts';
import { createLiveConfig } from '../src/server/saved-settings.ts';
import { ROOT } from './support/server.ts';

const languages = ['en', 'de'] as const;
const core = join(ROOT, 'src', 'core');
const sources = readdirSync(core, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => readFileSync(join(core, name), 'utf8'));

/** What the sources of the core say where one of these patterns has its first group. */
function said(...patterns: readonly RegExp[]): readonly string[] {
  const found = sources.flatMap((text) =>
    patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, word = '']) => word)),
  );
  return [...new Set(found)].sort();
}

describe.each(languages)('in %s', (language) => {
  const texts = textsOf(language);

  test('every code of an issue of the core has its words', () => {
    const known = new Set([
      ...Object.keys(texts.issues),
      ...Object.keys(texts.definitionIssues.codes),
      ...Object.keys(texts.records.form.issues),
      ...Object.keys(texts.credentialIssues),
    ]);
    const codes = said(
      /\bcode: '([a-z_]+)'/g,
      // Of values; what issues tokens is a method of others, and says their kinds.
      /\bissue\('(?!(?:auth|file|verification)')([a-z_]+)'/g,
      /\breport\(key, '([a-z_]+)'/g,
      /\brefuseTaken\('([a-z_]+)'/g,
    ).filter((code) => !errorCodes.some((one) => one === code));
    expect(codes.length).toBeGreaterThan(60);
    expect(codes.filter((code) => !known.has(code))).toEqual([]);
  });

  test('every reason of a refusal of the core has its words', () => {
    // Those of `internal` are for the log.
    const reasons = said(
      /AppError\('(?!internal')[a-z_]+',\s*\{\s*reason: '([a-z_]+)'/g,
      /\bnotFound\('([a-z_]+)'/g,
    );
    expect(reasons.length).toBeGreaterThan(60);
    expect(reasons.filter((reason) => !Object.hasOwn(texts.frame.reasons, reason))).toEqual([]);
  });
});

test('every setting of the console is explained in German, with its default', () => {
  const { config } = loadConfig({ environment: {} });
  const all = createLiveConfig(config, async () => {}).describe({});
  expect(all.length).toBeGreaterThan(20);
  const { docs, fallbacks, groups } = textsOf('de').settings;
  expect(Object.keys(docs).sort()).toEqual(all.map(({ key }) => key).sort());
  const isValue = (fallback: string) => /^`[^`]+`$/.test(fallback);
  const words = all.flatMap(({ fallback }) =>
    isValue(fallback) || Object.hasOwn(fallbacks, fallback) ? [] : [fallback],
  );
  expect(words).toEqual([]);
  const areas = all.map(({ key }) => key.split('.')[0] ?? '');
  expect(areas.filter((area) => !Object.hasOwn(groups, area))).toEqual([]);
});
