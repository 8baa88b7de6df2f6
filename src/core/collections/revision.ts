import { revisionOf } from '../revision.ts';
import type { Collection } from './collection.ts';

/** The revision of a definition, whichever process read it. */
export function collectionRevision({ version: _, ...definition }: Collection): string {
  return revisionOf(definition);
}
