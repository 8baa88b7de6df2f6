import type { ContainerClient } from '@azure/storage-blob';
import { ServiceError } from '../remote/object-service.ts';
import { sdkFault } from './faults.ts';

/** Names the upload whose end made an object without bytes, until that is removed. */
const ABANDONED = 'abandonedupload';

/** A new id for an upload in blocks. The service has none of its own. */
export function newUploadId(): string {
  return crypto.randomUUID().replaceAll('-', '');
}

/**
 * The id of a block, in base64. All ids of a blob must have the same length; the upload's own id in them keeps blocks of two
 * attempts apart.
 */
export function blockId(upload: string, part: number): string {
  return btoa(`${upload}-${String(part).padStart(5, '0')}`);
}

/** The upload that a block belongs to; undefined for a block that is not of ours. */
export function uploadOf(block: string): string | undefined {
  try {
    return /^([0-9a-f]{32})-\d{5}$/.exec(atob(block))?.[1];
  } catch {
    return undefined;
  }
}

/** Uploads of which the service keeps blocks under the key that belong to no object yet. */
export async function uploadsOf(
  container: ContainerClient,
  key: string,
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  try {
    const client = container.getBlockBlobClient(key);
    const { uncommittedBlocks = [] } = await client.getBlockList('uncommitted', { abortSignal: signal });
    return new Set(uncommittedBlocks.flatMap(({ name }) => uploadOf(name) ?? []));
  } catch (error) {
    const fault = sdkFault(error, signal);
    if (fault instanceof ServiceError && fault.fault === 'missing') return new Set();
    throw fault;
  }
}

/**
 * Ends an upload. The service cannot delete blocks that belong to no object; committing an empty list drops them and makes an
 * object without bytes, which is then removed. Both only while there is no other object under the key: if there is one, it
 * stays, and the service drops the blocks a week after the last of them.
 */
export async function abandon(
  container: ContainerClient,
  key: string,
  upload: string,
  signal: AbortSignal,
): Promise<void> {
  const client = container.getBlockBlobClient(key);
  const abortSignal = signal;
  try {
    let etag: string | undefined;
    if ((await uploadsOf(container, key, signal)).has(upload)) {
      const conditions = { ifNoneMatch: '*' };
      const metadata = { [ABANDONED]: upload };
      ({ etag } = await client.commitBlockList([], { abortSignal, conditions, metadata }));
    } else {
      // An earlier attempt may have come half-way.
      const found = await client.getProperties({ abortSignal });
      if (found.metadata?.[ABANDONED] === upload && found.contentLength === 0) etag = found.etag;
    }
    if (etag !== undefined) await client.delete({ abortSignal, conditions: { ifMatch: etag } });
  } catch (error) {
    const fault = sdkFault(error, signal);
    const isOver = fault instanceof ServiceError && (fault.fault === 'missing' || fault.fault === 'changed');
    if (!isOver) throw fault;
  }
}
