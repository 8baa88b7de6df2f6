import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Storage } from '../../src/core/ports/storage.ts';
import { openAzureStorage } from '../../src/drivers/storage/azure/index.ts';
import { openGcsStorage } from '../../src/drivers/storage/gcs/index.ts';
import { createRemoteStorage } from '../../src/drivers/storage/remote/index.ts';
import type { RemoteTiming, RemoteTuning } from '../../src/drivers/storage/remote/options.ts';
import { createS3Service } from '../../src/drivers/storage/s3/service.ts';
import { startAzure } from './azure-server.ts';
import { startGcs } from './gcs-server.ts';
import { startS3 } from './s3-server.ts';

/** The services that files can be kept with. */
export const SERVICES = ['s3', 'gcs', 'azure'] as const;

/** One of {@link SERVICES}. */
export type ServiceName = (typeof SERVICES)[number];

/** How a test opens a driver of its own on a stand-in. */
export interface OpenOptions {
  readonly spoolDir: string;
  readonly prefix?: string;
  /** Where the service is; default: the stand-in itself. */
  readonly endpoint?: string;
  readonly tuning?: Partial<RemoteTuning>;
  readonly timing?: Partial<RemoteTiming>;
}

/** An imitation of a storage service in a process of its own, which outlives a server that is killed. */
export interface StandIn {
  readonly driver: ServiceName;
  /** As the configuration's `endpoint` takes it. */
  readonly endpoint: string;
  /** The least part that it takes in an upload in parts. */
  readonly partSize: number;
  /** What configures `[storage]` with it; `endpoint` may be that of a proxy before it. */
  env(endpoint?: string): Record<string, string>;
  /** The driver on it, with parts of {@link partSize}. */
  open(options: OpenOptions): Promise<Storage>;
  /** How many unfinished uploads in parts it keeps bytes of, looked at from behind. */
  unfinished(): Promise<number>;
  stop(): Promise<void>;
}

/** Starts the imitation of a service with an empty bucket. */
export function startStandIn(driver: ServiceName): Promise<StandIn> {
  return { s3: standInS3, gcs: standInGcs, azure: standInAzure }[driver]();
}

async function standInS3(): Promise<StandIn> {
  const server = await startS3();
  return {
    driver: 's3',
    endpoint: server.endpoint,
    partSize: 5 * 1024 * 1024,
    env: (endpoint = server.endpoint) => ({
      DOSSIER_STORAGE_TYPE: 's3',
      DOSSIER_STORAGE_BUCKET: server.bucket,
      DOSSIER_STORAGE_ACCESS_KEY: server.accessKey,
      DOSSIER_STORAGE_SECRET_KEY: server.secretKey,
      DOSSIER_STORAGE_ENDPOINT: endpoint,
    }),
    async open({ endpoint = server.endpoint, spoolDir, prefix = '', tuning, timing }) {
      const client = await import('@aws-sdk/client-s3');
      const { getSignedUrl } = await import('@aws-sdk/s3-request-presigner');
      const service = createS3Service({ ...server, endpoint }, { client, getSignedUrl });
      const settings = { bucket: 'bucket', credentials: 'access_key', endpoint: 'endpoint', other: 'region' };
      const small = { ...service, partSize: 5 * 1024 * 1024 };
      return createRemoteStorage(small, { name: 's3', spoolDir, prefix, settings, tuning, timing });
    },
    async unfinished() {
      const page = await fetch(`${server.endpoint}/${server.bucket}?uploads`);
      return (await page.text()).split('<Upload>').length - 1;
    },
    stop: () => server.stop(),
  };
}

async function standInGcs(): Promise<StandIn> {
  const server = await startGcs();
  const { bucket, serviceAccountKey } = server;
  const open: StandIn['open'] = (options) =>
    openGcsStorage({
      ...{ name: 'gcs', bucket, serviceAccountKey, endpoint: server.endpoint, partSize: 256 * 1024 },
      ...options,
    });
  const all = await open({ spoolDir: join(server.dir, 'spool') });
  return {
    driver: 'gcs',
    endpoint: server.endpoint,
    partSize: 256 * 1024,
    env: (endpoint = server.endpoint) => ({
      DOSSIER_STORAGE_TYPE: 'gcs',
      DOSSIER_STORAGE_BUCKET: bucket,
      DOSSIER_STORAGE_SERVICE_ACCOUNT_KEY: server.keyFile,
      DOSSIER_STORAGE_ENDPOINT: endpoint,
    }),
    open,
    async unfinished() {
      // A session whose address was lost before any byte came cannot be ended; it holds nothing.
      const held = readdirSync(server.dir).filter(
        (name) => name.startsWith('bytes-') && Bun.file(join(server.dir, name)).size > 0,
      );
      let objects = 0;
      for await (const { size } of all.list('')) if (size > 0) objects++;
      return held.length - objects;
    },
    async stop() {
      await all.close();
      await server.stop();
    },
  };
}

async function standInAzure(): Promise<StandIn> {
  const server = await startAzure();
  const { account, container, accessKey, endpoint } = server;
  return {
    driver: 'azure',
    endpoint,
    partSize: 256 * 1024,
    env: (address = endpoint) => ({
      DOSSIER_STORAGE_TYPE: 'azure',
      DOSSIER_STORAGE_ACCOUNT: account,
      DOSSIER_STORAGE_CONTAINER: container,
      DOSSIER_STORAGE_ACCESS_KEY: accessKey,
      DOSSIER_STORAGE_ENDPOINT: address,
    }),
    open: (options) =>
      openAzureStorage({
        ...{ name: 'azure', account, container, accessKey, endpoint, partSize: 256 * 1024 },
        ...options,
      }),
    async unfinished() {
      const { BlobServiceClient, StorageSharedKeyCredential } = await import('@azure/storage-blob');
      const client = new BlobServiceClient(endpoint, new StorageSharedKeyCredential(account, accessKey));
      const blobs = client.getContainerClient(container);
      let count = 0;
      for await (const _ of blobs.listBlobsFlat({ includeUncommitedBlobs: true })) count++;
      for await (const _ of blobs.listBlobsFlat()) count--;
      return count;
    },
    stop: () => server.stop(),
  };
}
