import type * as sdk from '@aws-sdk/client-s3';
import type { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type ObjectService, type SendBody, ServiceError } from '../remote/object-service.ts';
import { copyObject } from './copy.ts';
import { s3Fault } from './faults.ts';
import { createFetchHandler } from './fetch-handler.ts';

/** Where a bucket is, and who asks. */
export interface S3Location {
  readonly bucket: string;
  readonly region: string;
  /** Without it the SDK looks for credentials itself (environment, profiles, roles of the machine). */
  readonly accessKey?: string;
  readonly secretKey?: string;
  readonly sessionToken?: string;
  /** Default: Amazon's for the region. */
  readonly endpoint?: string;
  /** Default: with an endpoint. */
  readonly forcePathStyle?: boolean;
}

/** The SDK, loaded. */
export interface S3Sdk {
  readonly client: typeof sdk;
  readonly getSignedUrl: typeof getSignedUrl;
}

/** 10,000 parts of it make 160 GB. */
const PART_SIZE = 16 * 1024 * 1024;

/** Makes the thin service over the SDK: plain calls that every imitation of S3 knows, each one request. */
export function createS3Service(location: S3Location, { client: s3, getSignedUrl }: S3Sdk): ObjectService {
  const { bucket: Bucket, region, endpoint, accessKey, secretKey, sessionToken } = location;
  const client = new s3.S3Client({
    ...{ region, endpoint },
    forcePathStyle: location.forcePathStyle ?? endpoint !== undefined,
    ...(accessKey !== undefined &&
      secretKey !== undefined && {
        credentials: { accessKeyId: accessKey, secretAccessKey: secretKey, sessionToken },
      }),
    // Others than Amazon refuse the newer checksums; the hash of a signed payload they all check.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 1,
    requestHandler: createFetchHandler(),
  });
  const digests = new WeakMap<object, string>();
  // The SDK would hash bytes in memory once more, and slices of files not at all.
  client.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      const digest = isUpload(request) ? digests.get(request.body) : undefined;
      if (isUpload(request)) request.headers['x-amz-content-sha256'] = digest ?? 'UNSIGNED-PAYLOAD';
      return next(args);
    },
    { step: 'build', name: 'payloadHash' },
  );

  /** The body, to be signed by its hash. */
  function signedBody(body: SendBody, digest: string) {
    const sent = bodyOf(body);
    digests.set(sent, digest);
    return sent;
  }

  async function call<T>(signal: AbortSignal, work: (options: { abortSignal: AbortSignal }) => Promise<T>) {
    try {
      return await work({ abortSignal: signal });
    } catch (error) {
      throw signal.aborted ? signal.reason : s3Fault(error);
    }
  }

  const base = { Bucket };
  return {
    type: 's3',
    place: `s3://${Bucket} at ${endpoint === undefined ? region : new URL(endpoint).origin}`,
    checksum: 'sha256',
    partSize: PART_SIZE,
    parallelParts: 4,
    async putWhole(Key, body, { size, digest }, signal) {
      const command = new s3.PutObjectCommand({
        ...{ ...base, Key, Body: signedBody(body, digest), ContentLength: size },
        ContentType: 'application/octet-stream',
      });
      await call(signal, (options) => client.send(command, options));
    },
    startMultipart: (Key, signal) =>
      call(signal, async (options) => {
        const input = { ...base, Key, ContentType: 'application/octet-stream' };
        const { UploadId } = await client.send(new s3.CreateMultipartUploadCommand(input), options);
        return UploadId || unreadable('no upload id');
      }),
    putPart: (Key, UploadId, body, { size, digest, number }, signal) =>
      call(signal, async (options) => {
        const command = new s3.UploadPartCommand({
          ...{ ...base, Key, UploadId, PartNumber: number },
          ...{ Body: signedBody(body, digest), ContentLength: size },
        });
        const { ETag } = await client.send(command, options);
        return { number, size, tag: ETag || unreadable('no etag') };
      }),
    completeMultipart: (Key, UploadId, parts, signal) =>
      call(signal, async (options) => {
        const Parts = parts.map(({ number, tag }) => ({ PartNumber: number, ETag: tag }));
        const command = new s3.CompleteMultipartUploadCommand({
          ...{ ...base, Key, UploadId },
          MultipartUpload: { Parts },
        });
        const { ETag } = await client.send(command, options);
        if (!ETag) unreadable('no etag');
      }),
    abortMultipart: (Key, UploadId, signal) =>
      call(signal, (options) =>
        client.send(new s3.AbortMultipartUploadCommand({ ...base, Key, UploadId }), options).then(
          () => undefined,
          (error: unknown) => {
            if (s3Fault(error).fault !== 'missing') throw error;
          },
        ),
      ),
    listMultiparts: (key, signal) =>
      call(signal, async (options) => {
        const ids: string[] = [];
        let from: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {};
        while (from !== undefined) {
          const command: sdk.ListMultipartUploadsCommand = new s3.ListMultipartUploadsCommand({
            ...{ ...base, ...from, Prefix: key },
          });
          const page: sdk.ListMultipartUploadsCommandOutput = await client.send(command, options);
          for (const { Key, UploadId } of page.Uploads ?? []) if (Key === key && UploadId) ids.push(UploadId);
          const more = page.IsTruncated === true && page.NextKeyMarker !== undefined;
          from = more
            ? { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker }
            : undefined;
        }
        return ids;
      }),
    get: (Key, range, etag, signal) =>
      call(signal, async (options) => {
        const command = new s3.GetObjectCommand({
          ...{ ...base, Key, IfMatch: etag },
          Range: range && `bytes=${range.start}-${range.end}`,
        });
        const { Body, ContentLength, ContentRange, ETag } = await client.send(command, options);
        if (!(Body instanceof ReadableStream)) {
          if (ContentLength === 0) return { body: nothing(), size: 0, etag: ETag ?? '' };
          return unreadable('no body');
        }
        const isAsked = range === undefined || ContentRange?.startsWith(`bytes ${range.start}-`) === true;
        if (ContentLength === undefined || !isAsked) {
          await Body.cancel();
          return unreadable('no length or range');
        }
        // An error behind a status of success would else be read as the object.
        if (!ETag) {
          await Body.cancel();
          return unreadable('no etag');
        }
        return { body: Body, size: ContentLength, etag: ETag };
      }),
    head: (Key, signal) =>
      call(signal, async (options) => {
        try {
          const found = await client.send(new s3.HeadObjectCommand({ ...base, Key }), options);
          const { ContentLength, LastModified, ETag } = found;
          if (ContentLength === undefined || !ETag) return unreadable('no length or etag');
          return { size: ContentLength, modified: LastModified?.getTime() ?? 0, etag: ETag };
        } catch (error) {
          if (s3Fault(error).fault === 'missing') return undefined;
          throw error;
        }
      }),
    remove: (Key, signal) =>
      call(signal, async (options) => {
        try {
          await client.send(new s3.DeleteObjectCommand({ ...base, Key }), options);
        } catch (error) {
          if (s3Fault(error).fault !== 'missing') throw error;
        }
      }),
    copy: (from, to, signal) =>
      call(signal, (options) => copyObject({ s3, client, bucket: Bucket, from, to, options })),
    list: (Prefix, StartAfter, signal) =>
      call(signal, async (options) => {
        const command = new s3.ListObjectsV2Command({ ...base, Prefix, StartAfter, MaxKeys: 1000 });
        const page = await client.send(command, options);
        const objects = (page.Contents ?? []).map(({ Key, Size }) => ({ key: Key ?? '', size: Size ?? 0 }));
        return { objects, more: page.IsTruncated === true };
      }),
    check: (signal) =>
      call(signal, async (options) => {
        await client.send(new s3.ListObjectsV2Command({ ...base, MaxKeys: 1 }), options);
      }),
    async presign(Key, { seconds, contentType, disposition, cacheControl }) {
      const command = new s3.GetObjectCommand({
        ...{ ...base, Key },
        ResponseContentType: contentType,
        ResponseContentDisposition: disposition,
        ResponseCacheControl: cacheControl,
      });
      try {
        return await getSignedUrl(client, command, { expiresIn: seconds });
      } catch (error) {
        throw s3Fault(error);
      }
    },
    close: () => client.destroy(),
  };
}

function unreadable(what: string): never {
  throw new ServiceError('failed', { cause: new Error(`the answer has ${what}`) });
}

/** The SDK does not know that its handler takes a Blob that is a file. */
function bodyOf(body: SendBody): Blob | Uint8Array<ArrayBuffer> {
  return body;
}

function nothing(): ReadableStream<Uint8Array> {
  return new ReadableStream({ start: (controller) => controller.close() });
}

function isUpload(request: unknown): request is { headers: Record<string, string>; body: Uint8Array | Blob } {
  if (typeof request !== 'object' || request === null || !('headers' in request) || !('body' in request)) {
    return false;
  }
  return request.body instanceof Uint8Array || request.body instanceof Blob;
}
