/** The parts of s3rver 3.7.1, which has no types of its own, that the S3 stand-in uses. */
declare module 's3rver' {
  import type { IncomingMessage } from 'node:http';

  export interface StoredObject {
    bucket: string;
    key: string;
    content: NodeJS.ReadableStream;
    metadata: Record<string, string>;
  }

  export interface Store {
    rootDirectory: string;
    getBucketPath(bucket: string): string;
    getResourcePath(bucket: string, key: string | undefined, resource: string): string;
    getMetadata(bucket: string, key: string): Promise<Record<string, string>>;
    putMetadata(bucket: string, key: string, metadata: Record<string, string>, md5: string): Promise<void>;
    putObject(object: StoredObject): Promise<{ md5: string; size: number }>;
    putPart(
      bucket: string,
      upload: string,
      part: string,
      content: NodeJS.ReadableStream,
    ): Promise<{ md5: string; size: number }>;
    putObjectMultipart(
      bucket: string,
      upload: string,
      parts: { number: number; etag: string }[],
    ): Promise<{ md5: string; size: number }>;
    deleteObject(bucket: string, key: string): Promise<void>;
    listObjects(
      bucket: string,
      options: { prefix?: string; startAfter?: string; maxKeys?: number },
    ): Promise<{ objects: unknown[]; commonPrefixes: string[]; isTruncated: boolean }>;
  }

  export interface Context {
    method: string;
    path: string;
    status: number;
    type: string;
    body: unknown;
    query: Record<string, string | undefined>;
    headers: Record<string, string | undefined>;
    req: IncomingMessage;
    response: { get(name: string): string };
  }

  export default class S3rver {
    constructor(options: Record<string, unknown>);
    store: Store;
    middleware: ((ctx: Context, next: () => Promise<void>) => Promise<void>)[];
    run(): Promise<{ port: number }>;
  }
}

declare module 's3rver/lib/models/error' {
  export default class S3Error extends Error {
    constructor(code: string, message: string);
  }
}

declare module 's3rver/lib/models/object' {
  import type { Readable } from 'node:stream';

  export default class S3Object {
    constructor(bucket: string, key: string, content: Readable | null, metadata: Record<string, string>);
  }
}
