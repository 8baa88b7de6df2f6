import { AppError } from '../../../core/errors.ts';
import type { Storage } from '../../../core/ports/storage.ts';
import { createRemoteStorage } from '../remote/index.ts';
import type { RemoteTiming, RemoteTuning } from '../remote/options.ts';
import { openCredentials } from './credentials.ts';
import { createGcsService } from './service.ts';
import { QUANTUM } from './upload.ts';

/** Options of {@link openGcsStorage}. */
export interface GcsStorageOptions {
  /** The name that catalogue rows carry. */
  readonly name: string;
  readonly bucket: string;
  /** The path of a service account's JSON key, or its text; none = Google's application default credentials. */
  readonly serviceAccountKey?: string;
  /** Another address than Google's, e.g. of an emulator or a private connection. */
  readonly endpoint?: string;
  /** Put before every key; empty, or ending with a slash. */
  readonly prefix?: string;
  /** A folder of this storage alone, for parts that wait to be sent. */
  readonly spoolDir: string;
  /** Bytes of a part. Default 8 MiB; a multiple of 256 KiB. */
  readonly partSize?: number;
  readonly tuning?: Partial<RemoteTuning>;
  readonly timing?: Partial<RemoteTiming>;
}

/**
 * A bucket of Google Cloud Storage as a storage. Google's library makes tokens and signed addresses and is loaded here, not
 * with this module; requests are sent by `fetch`, which it can neither end nor stream under Bun. Throws `not_configured`
 * reason `bad_setting`, param `setting`, for a key that cannot be read; the bucket is not asked before `check`.
 */
export async function openGcsStorage(options: GcsStorageOptions): Promise<Storage> {
  const { name, bucket, prefix = '', spoolDir, partSize = 8 * 1024 * 1024, tuning, timing } = options;
  if (partSize % QUANTUM !== 0) throw new AppError('internal', { reason: 'part_size' });
  const endpoint = options.endpoint?.replace(/\/+$/, '');
  const { serviceAccountKey } = options;
  const credentials = await openCredentials({ serviceAccountKey, endpoint, bucket });
  const service = createGcsService({ bucket, credentials, endpoint, partSize });
  const settings = {
    bucket: 'bucket',
    credentials: 'service_account_key',
    endpoint: 'endpoint',
    other: 'bucket',
  };
  return createRemoteStorage(service, { name, prefix, spoolDir, settings, tuning, timing });
}
