import type { Storage } from '../../../core/ports/storage.ts';
import { createRemoteStorage } from '../remote/index.ts';
import type { RemoteTuning } from '../remote/options.ts';
import type { S3Location } from './service.ts';

/** Options of {@link openS3Storage}. */
export interface S3StorageOptions extends S3Location {
  /** The name that catalogue rows carry. */
  readonly name: string;
  /** Put before every key; empty, or ending with a slash. Default none. */
  readonly prefix?: string;
  /** An absolute folder for this storage alone, where parts wait to be sent. */
  readonly spoolDir: string;
  readonly tuning?: Partial<RemoteTuning>;
}

/**
 * The storage port on S3 or what speaks like it (MinIO, R2, B2, Garage, Ceph). The SDK is loaded here and not before. Nothing
 * is asked of the service yet: `check` does that.
 */
export async function openS3Storage(options: S3StorageOptions): Promise<Storage> {
  const [client, presigner, { createS3Service }] = await Promise.all([
    import('@aws-sdk/client-s3'),
    import('@aws-sdk/s3-request-presigner'),
    import('./service.ts'),
  ]);
  const service = createS3Service(options, { client, getSignedUrl: presigner.getSignedUrl });
  return createRemoteStorage(service, {
    name: options.name,
    prefix: options.prefix ?? '',
    spoolDir: options.spoolDir,
    settings: { bucket: 'bucket', credentials: 'access_key', endpoint: 'endpoint', other: 'region' },
    tuning: options.tuning,
  });
}
