import type { BlobSASPermissions, ContainerClient } from '@azure/storage-blob';
import { type ObjectService, type SendBody, type SendFacts, ServiceError } from '../remote/object-service.ts';
import { bodyOfAnswer, sendToService, textOfAnswer } from '../remote/service-fetch.ts';
import { abandon, blockId, newUploadId, uploadsOf } from './blocks.ts';
import { refusalOf, sdkFault } from './faults.ts';
import { createListing } from './listing.ts';

/** Options of {@link createAzureService}. */
export interface AzureServiceOptions {
  readonly container: ContainerClient;
  /** Makes the permissions of a signed address, such as `r` or `cw`. */
  readonly permissions: (text: string) => BlobSASPermissions;
  readonly partSize: number;
}

/** Milliseconds that the address of one request works; it begins at once. */
const REQUEST_VALID = 3_600_000;

/** The version of the REST API whose answers are read here. */
const VERSION = '2022-11-02';

/**
 * A container of Azure Blob Storage (https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api). Bytes go by
 * `fetch` to addresses that the library signs; everything else is a call of the library. A multipart upload is a set of
 * blocks with the same random id.
 */
export function createAzureService(options: AzureServiceOptions): ObjectService {
  const { container, permissions, partSize } = options;

  function signed(key: string, allowed: string): Promise<string> {
    return container.getBlobClient(key).generateSasUrl({
      permissions: permissions(allowed),
      expiresOn: new Date(Date.now() + REQUEST_VALID),
      version: VERSION,
    });
  }

  async function send(
    url: string,
    headers: Readonly<Record<string, string>>,
    body: SendBody,
    signal: AbortSignal,
  ): Promise<void> {
    const all = { 'x-ms-version': VERSION, 'content-type': 'application/octet-stream', ...headers };
    const response = await sendToService({ method: 'PUT', url, headers: all, body }, signal);
    if (response.status !== 201) throw await refusalOf(response, signal);
    await textOfAnswer(response, signal);
  }

  async function call<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw sdkFault(error, signal);
    }
  }

  return {
    type: 'azure',
    place: container.url,
    checksum: 'md5',
    partSize,
    parallelParts: 4,

    async putWhole(key, body, { digest }: SendFacts, signal) {
      const url = await signed(key, 'cw');
      const headers = {
        'x-ms-blob-type': 'BlockBlob',
        'content-md5': digest,
        'x-ms-blob-content-md5': digest,
      };
      await send(url, headers, body, signal);
    },

    startMultipart: async () => newUploadId(),

    async putPart(key, upload, body, facts, signal) {
      const id = blockId(upload, facts.number);
      const url = `${await signed(key, 'cw')}&comp=block&blockid=${encodeURIComponent(id)}`;
      await send(url, { 'content-md5': facts.digest }, body, signal);
      return { number: facts.number, size: facts.size, tag: id };
    },

    async completeMultipart(key, _upload, parts, signal) {
      const blobHTTPHeaders = { blobContentType: 'application/octet-stream' };
      const blocks = parts.map(({ tag }) => tag);
      // Without a condition: committing the same blocks again, when the first answer was lost, succeeds.
      const client = container.getBlockBlobClient(key);
      await call(client.commitBlockList(blocks, { abortSignal: signal, blobHTTPHeaders }), signal);
    },

    abortMultipart: (key, upload, signal) => abandon(container, key, upload, signal),
    listMultiparts: async (key, signal) => [...(await uploadsOf(container, key, signal))],

    async get(key, range, etag, signal) {
      const headers: Record<string, string> = { 'x-ms-version': VERSION };
      if (range) headers.range = `bytes=${range.start}-${range.end}`;
      if (etag !== undefined) headers['if-match'] = etag;
      const url = await signed(key, 'r');
      const response = await sendToService({ method: 'GET', url, headers }, signal);
      if (response.status !== 200 && response.status !== 206) throw await refusalOf(response, signal);
      return bodyOfAnswer(response, range, response.headers.get('etag'));
    },

    async head(key, signal) {
      try {
        const client = container.getBlobClient(key);
        const { contentLength, lastModified, etag } = await client.getProperties({ abortSignal: signal });
        if (contentLength === undefined || lastModified === undefined || etag === undefined) {
          throw new ServiceError('failed', { cause: 'no length, time or tag' });
        }
        return { size: contentLength, modified: lastModified.getTime(), etag };
      } catch (error) {
        const fault = sdkFault(error, signal);
        if (fault instanceof ServiceError && fault.fault === 'missing') return undefined;
        throw fault;
      }
    },

    async remove(key, signal) {
      const client = container.getBlobClient(key);
      await call(client.deleteIfExists({ abortSignal: signal, deleteSnapshots: 'include' }), signal);
    },

    async copy(from, to, signal) {
      // A copy within an account is made by the service, at once or in the background; it is waited for.
      const source = await signed(from, 'r');
      const asked = { abortSignal: signal, intervalInMs: 500 };
      const poller = await call(container.getBlobClient(to).beginCopyFromURL(source, asked), signal);
      const stop = () => {
        poller.stopPolling();
        poller.cancelOperation().catch(() => {});
      };
      signal.addEventListener('abort', stop, { once: true });
      const { copyStatus } = await call(poller.pollUntilDone(), signal).finally(() => {
        signal.removeEventListener('abort', stop);
      });
      if (copyStatus !== 'success') throw new ServiceError('failed', { cause: `copy ${copyStatus}` });
    },

    list: createListing(container),

    async check(signal) {
      const pages = container.listBlobsFlat({ abortSignal: signal }).byPage({ maxPageSize: 1 });
      await call(pages.next(), signal);
    },

    presign: (key, { seconds, contentType, disposition, cacheControl }) =>
      container.getBlobClient(key).generateSasUrl({
        permissions: permissions('r'),
        expiresOn: new Date(Date.now() + seconds * 1000),
        version: VERSION,
        contentType,
        contentDisposition: disposition,
        cacheControl,
      }),

    close() {},
  };
}
