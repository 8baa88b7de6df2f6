import { decide, formatHttpDate } from './conditional.ts';
import { isHead } from './head.ts';
import { contentRange, unsatisfiedRange } from './range.ts';

/** Bytes of a file, both ends included. */
interface Part {
  readonly start: number;
  readonly end: number;
}

/** The bytes of a file or of a part of it. */
export type FileBody = Blob | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;

/** A file to send. */
export interface Downloadable {
  /** The Content-Disposition. */
  readonly disposition: string;
  readonly type: string;
  /** Bytes. */
  readonly size: number;
  /** With quotes. */
  readonly etag: string;
  /** Milliseconds since the epoch. */
  readonly modified: number;
  /** The Cache-Control. */
  readonly cache: string;
  /** The Content-Security-Policy, in the place of the one that lets nothing run. */
  readonly policy?: string;
  /** What else every answer of the dialect says. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * A stream may error, and then nothing else may look like the end of the file (SECURITY-REQUIREMENTS 4.6). Bun's server
   * sends streams in chunks, without their Content-Length, and resets the connection when one errors.
   */
  read(range: Part | undefined): Promise<FileBody>;
  /** An address elsewhere that gives the bytes with this type and disposition, when the client is to be sent there. */
  redirect?(): Promise<string | undefined>;
}

const POLICY = "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox";

/**
 * A file with the conditions and ranges of RFC 9110. Whatever its type, nothing of it runs in this server's origin
 * (SECURITY-REQUIREMENTS 4.2): the policy of specs/pocketbase.md 7.1.
 */
export async function download(request: Request, file: Downloadable): Promise<Response> {
  const headers: Record<string, string> = {
    ...file.headers,
    'accept-ranges': 'bytes',
    'cache-control': file.cache,
    'content-disposition': file.disposition,
    'content-security-policy': file.policy ?? POLICY,
    'content-type': file.type,
    etag: file.etag,
    'last-modified': formatHttpDate(file.modified),
  };
  const answer = decide(request.headers, {
    etag: file.etag,
    lastModified: file.modified,
    size: file.size,
  });
  // An address is signed for GET: asked for the headers alone, a bucket would refuse.
  if ((answer.status === 200 || answer.status === 206) && !isHead(request)) {
    const address = await file.redirect?.();
    if (address !== undefined) return elsewhere(address, file);
  }
  switch (answer.status) {
    case 200: {
      headers['content-length'] = String(file.size);
      return new Response(request.method === 'HEAD' ? null : await file.read(undefined), { headers });
    }
    case 206: {
      const { start, end } = answer;
      headers['content-length'] = String(end - start + 1);
      headers['content-range'] = contentRange(start, end, file.size);
      return new Response(await file.read({ start, end }), { status: 206, headers });
    }
    case 416:
      headers['content-range'] = unsatisfiedRange(file.size);
      return bodiless(416, headers);
    default:
      return bodiless(answer.status, headers);
  }
}

/** The address is a secret: nobody keeps it, and it is not passed on as a referrer. */
function elsewhere(address: string, file: Downloadable): Response {
  const headers = {
    ...file.headers,
    'cache-control': 'private, no-store',
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
    location: address,
  };
  return new Response(null, { status: 302, headers });
}

function bodiless(status: number, headers: Record<string, string>): Response {
  const { 'content-type': _, 'content-disposition': __, ...kept } = headers;
  return new Response(null, { status, headers: kept });
}
