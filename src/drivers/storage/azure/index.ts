import { AppError } from '../../../core/errors.ts';
import type { Storage } from '../../../core/ports/storage.ts';
import { createRemoteStorage } from '../remote/index.ts';
import type { RemoteTiming, RemoteTuning } from '../remote/options.ts';
import { createAzureService } from './service.ts';

/** Options of {@link openAzureStorage}. */
export interface AzureStorageOptions {
  /** The name that catalogue rows carry. */
  readonly name: string;
  readonly account: string;
  readonly container: string;
  /** One of the account's two keys, in base64. */
  readonly accessKey: string;
  /** The account's address where it is not the usual one, e.g. `http://127.0.0.1:10000/devstoreaccount1`. */
  readonly endpoint?: string;
  /** Put before every key; empty, or ending with a slash. */
  readonly prefix?: string;
  /** A folder of this storage alone, for parts that wait to be sent. */
  readonly spoolDir: string;
  /** Bytes of a block. Default 8 MiB: 50,000 blocks, the most that an object may have, are 400 GiB. */
  readonly partSize?: number;
  readonly tuning?: Partial<RemoteTuning>;
  readonly timing?: Partial<RemoteTiming>;
}

/**
 * A container of Azure Blob Storage as a storage. Azure's library is loaded here, not with this module. Throws
 * `not_configured` reason `bad_setting`, param `setting`, for an account, key or endpoint that cannot be one; the container is
 * not asked before `check`.
 */
export async function openAzureStorage(options: AzureStorageOptions): Promise<Storage> {
  const { name, account, prefix = '', spoolDir, partSize = 8 * 1024 * 1024, tuning, timing } = options;
  if (!/^[a-z0-9]{3,24}$/.test(account)) throw badSetting('account');
  if (!/^[a-z0-9](-?[a-z0-9])+$/.test(options.container)) throw badSetting('container');
  if (!/^[A-Za-z0-9+/]{20,}={0,2}$/.test(options.accessKey)) throw badSetting('access_key');
  const address = options.endpoint ?? `https://${account}.blob.core.windows.net`;
  if (!/^https?:$/.test(URL.parse(address)?.protocol ?? '')) throw badSetting('endpoint');

  const { BlobSASPermissions, BlobServiceClient, StorageSharedKeyCredential } = await import(
    '@azure/storage-blob'
  );
  const credential = new StorageSharedKeyCredential(account, options.accessKey);
  const client = new BlobServiceClient(address.replace(/\/+$/, ''), credential, {
    retryOptions: { maxTries: 1 },
  });
  const container = client.getContainerClient(options.container);
  const permissions = (text: string) => BlobSASPermissions.parse(text);
  const service = createAzureService({ container, permissions, partSize });
  const settings = {
    bucket: 'container',
    credentials: 'access_key',
    endpoint: options.endpoint === undefined ? 'account' : 'endpoint',
    other: 'container',
  };
  return createRemoteStorage(service, { name, prefix, spoolDir, settings, tuning, timing });
}

function badSetting(setting: string): AppError {
  return new AppError('not_configured', { reason: 'bad_setting', params: { setting } });
}
