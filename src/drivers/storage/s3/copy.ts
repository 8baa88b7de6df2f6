import type * as sdk from '@aws-sdk/client-s3';
import { ServiceError } from '../remote/object-service.ts';

/** What {@link copyObject} works with. */
export interface CopyContext {
  readonly s3: typeof sdk;
  readonly client: sdk.S3Client;
  readonly bucket: string;
  readonly from: string;
  readonly to: string;
  readonly options: { readonly abortSignal: AbortSignal };
  /** Bytes above which it goes in parts. Default: what one request may copy (5 GB). */
  readonly limit?: number;
}

const ONE_REQUEST = 5 * 1024 ** 3;
const COPIED_PART = 1024 ** 3;

/** Copies an object inside the bucket; a large one in parts. Rejects with errors of the SDK, or a ServiceError. */
export async function copyObject(context: CopyContext): Promise<void> {
  const { s3, client, bucket, from, to, options, limit = ONE_REQUEST } = context;
  const head = await client.send(new s3.HeadObjectCommand({ Bucket: bucket, Key: from }), options);
  const size = head.ContentLength ?? 0;
  if (size > limit) return copyParts(context, size);
  const command = new s3.CopyObjectCommand({ Bucket: bucket, Key: to, CopySource: sourceOf(context) });
  const { CopyObjectResult } = await client.send(command, options);
  if (CopyObjectResult?.ETag === undefined) throw unreadable();
}

async function copyParts(context: CopyContext, size: number): Promise<void> {
  const { s3, client, bucket: Bucket, to: Key, options, limit = ONE_REQUEST } = context;
  const base = { Bucket, Key };
  const started = await client.send(
    new s3.CreateMultipartUploadCommand({ ...base, ContentType: 'application/octet-stream' }),
    options,
  );
  const { UploadId } = started;
  if (!UploadId) throw unreadable();
  try {
    const Parts: { PartNumber: number; ETag: string }[] = [];
    const step = Math.min(COPIED_PART, limit);
    for (let start = 0; start < size; start += step) {
      const end = Math.min(start + step, size) - 1;
      const PartNumber = Parts.length + 1;
      const command = new s3.UploadPartCopyCommand({
        ...{ ...base, UploadId, PartNumber },
        ...{ CopySource: sourceOf(context), CopySourceRange: `bytes=${start}-${end}` },
      });
      const { CopyPartResult } = await client.send(command, options);
      if (!CopyPartResult?.ETag) throw unreadable();
      Parts.push({ PartNumber, ETag: CopyPartResult.ETag });
    }
    const command = new s3.CompleteMultipartUploadCommand({ ...base, UploadId, MultipartUpload: { Parts } });
    const { ETag } = await client.send(command, options);
    if (!ETag) throw unreadable();
  } catch (error) {
    await client.send(new s3.AbortMultipartUploadCommand({ ...base, UploadId })).catch(() => {});
    throw error;
  }
}

function sourceOf({ bucket, from }: CopyContext): string {
  return `${bucket}/${from.split('/').map(encodeURIComponent).join('/')}`;
}

function unreadable(): ServiceError {
  return new ServiceError('failed', { cause: new Error('the answer to a copy has no etag') });
}
