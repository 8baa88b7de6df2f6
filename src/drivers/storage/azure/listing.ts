import type { ContainerClient } from '@azure/storage-blob';
import type { ListedObject } from '../../../core/ports/storage.ts';
import { createLru } from '../../../lib/lru.ts';
import { sdkFault } from './faults.ts';

const PAGE = 1000;

/** One page of a listing (`ObjectService.list`). */
export type ListPage = (
  prefix: string,
  after: string | undefined,
  signal: AbortSignal,
) => Promise<{ readonly objects: readonly ListedObject[]; readonly more: boolean }>;

/**
 * Lists by name. The service goes on from markers of its own, so those of the last pages are remembered; behind any other key
 * it is asked to start from there, which older versions of the service pass over: what was before is skipped then.
 */
export function createListing(container: ContainerClient): ListPage {
  const markers = createLru<string, string>(64);

  async function fetchPage(
    query: { readonly prefix: string; readonly startFrom?: string },
    marker: string | undefined,
    signal: AbortSignal,
  ) {
    try {
      const pages = container
        .listBlobsFlat({ ...query, abortSignal: signal })
        .byPage({ maxPageSize: PAGE, continuationToken: marker });
      const { value, done } = await pages.next();
      if (done) return { found: [], next: undefined };
      const found = value.segment.blobItems.map(
        ({ name, properties }): ListedObject => ({ key: name, size: properties.contentLength ?? 0 }),
      );
      return { found, next: value.continuationToken || undefined };
    } catch (error) {
      throw sdkFault(error, signal);
    }
  }

  return async (prefix, after, signal) => {
    let marker = after === undefined ? undefined : markers.get(`${prefix}\n${after}`);
    const query = after !== undefined && marker === undefined ? { prefix, startFrom: after } : { prefix };
    for (;;) {
      const { found, next } = await fetchPage(query, marker, signal);
      const objects = after === undefined ? found : found.filter(({ key }) => key > after);
      const last = objects.at(-1)?.key;
      if (last !== undefined && next !== undefined) markers.set(`${prefix}\n${last}`, next);
      // A page may be empty though others follow.
      if (last !== undefined || next === undefined) return { objects, more: next !== undefined };
      marker = next;
    }
  };
}
