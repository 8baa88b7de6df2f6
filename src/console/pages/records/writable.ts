import { AppError, type Collection } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { isWritable } from './grid-state.ts';

/** A collection whose records can be changed; `not_found` for a view, which has no such pages. */
export function writable({ core }: Console, name: string): Collection {
  const collection = core.collections.get(name);
  if (!isWritable(collection)) throw new AppError('not_found', { reason: 'collection' });
  return collection;
}
