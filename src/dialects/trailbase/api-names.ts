import type { Collection, Core } from '../../core/index.ts';
import { findApi } from './api.ts';
import { readOptions } from './api-options.ts';

/** The names of a collection's record APIs, views included; its own first. */
export function apiNamesOf(core: Core, { id, name, dialects }: Collection): readonly string[] {
  const { apis = [] } = readOptions(dialects.trailbase);
  const names = [...new Set([name, ...apis.map((alias) => alias.name)])];
  return names.filter((each) => findApi(core, each)?.collection.id === id);
}
