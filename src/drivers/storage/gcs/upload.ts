import type { PartFacts, SendBody, SendFacts, SentPart } from '../remote/object-service.ts';
import { ServiceError } from '../remote/object-service.ts';
import { sendToService, textOfAnswer } from '../remote/service-fetch.ts';
import { jsonOf, refusalOf } from './requests.ts';

/** The body of a `uploadType=multipart` request: metadata, with the MD5 that the service compares, then the bytes. */
export function wholeBody(
  key: string,
  body: SendBody,
  facts: SendFacts,
): {
  readonly headers: Readonly<Record<string, string>>;
  readonly stream: () => ReadableStream<Uint8Array>;
} {
  const boundary = `dossier-${crypto.randomUUID()}`;
  const metadata = JSON.stringify({
    name: key,
    contentType: 'application/octet-stream',
    md5Hash: facts.digest,
  });
  const encoder = new TextEncoder();
  const head = encoder.encode(
    `--${boundary}\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${metadata}\r\n` +
      `--${boundary}\r\ncontent-type: application/octet-stream\r\n\r\n`,
  );
  const tail = encoder.encode(`\r\n--${boundary}--`);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield head;
    if (body instanceof Blob) yield* body.stream();
    else if (body.byteLength > 0) yield body;
    yield tail;
  }
  return {
    headers: {
      'content-type': `multipart/related; boundary=${boundary}`,
      'content-length': String(head.byteLength + facts.size + tail.byteLength),
    },
    stream: () => streamOf(chunks()),
  };
}

function streamOf(chunks: AsyncGenerator<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await chunks.return(undefined);
    },
  });
}

/**
 * All requests but the last of a session must carry a multiple of this many bytes. The service also keeps such a multiple of
 * a request that broke off, though not quite always.
 */
export const QUANTUM = 256 * 1024;

/** What is remembered of a session while its parts are sent. */
interface Sending {
  readonly key: string;
  /** Bytes that the service has for certain. */
  sent: number;
  /** Over those. */
  md5: Bun.CryptoHasher;
  /** A request went wrong: how much the service has must be asked. */
  isUncertain: boolean;
  isFinished: boolean;
  /** The last part was begun: the object may be there. */
  isFinishing: boolean;
}

/** Sends parts to resumable sessions, each in order: https://cloud.google.com/storage/docs/performing-resumable-uploads */
export interface Sessions {
  begin(key: string, upload: string): void;
  /** The sessions of this process for a key. */
  of(key: string): readonly string[];
  put(upload: string, body: SendBody, facts: PartFacts, signal: AbortSignal): Promise<SentPart>;
  /** Whether the last part has made the object. */
  isFinished(upload: string): boolean;
  /** Whether the last part was begun, so that the object may be there. */
  mayExist(upload: string): boolean;
  forget(upload: string): void;
}

/** Makes {@link Sessions}. The address of a session authorises what is sent to it; no token is needed. */
export function createSessions(): Sessions {
  const sessions = new Map<string, Sending>();

  return {
    begin(key, upload) {
      const md5 = new Bun.CryptoHasher('md5');
      sessions.set(upload, { key, sent: 0, md5, isUncertain: false, isFinished: false, isFinishing: false });
    },
    of: (key) => [...sessions].flatMap(([upload, sending]) => (sending.key === key ? [upload] : [])),
    async put(upload, body, facts, signal) {
      const sending = sessions.get(upload);
      if (sending === undefined || sending.sent !== facts.offset) throw new ServiceError('missing');
      const md5 = sending.md5.copy();
      if (body instanceof Blob) for await (const chunk of body.stream()) md5.update(chunk);
      else md5.update(body);
      const total = facts.last ? facts.offset + facts.size : undefined;
      const hash = facts.last ? md5.copy().digest('base64') : undefined;
      const wasUncertain = sending.isUncertain;
      sending.isUncertain = true;
      sending.isFinishing ||= facts.last;
      let kept = wasUncertain ? await askKept(upload, signal) : facts.offset;
      const end = facts.offset + facts.size;
      while (kept !== 'finished' && (kept < end || facts.last)) {
        if (kept < facts.offset) throw new ServiceError('missing');
        const before: number = kept;
        // Every part begins at a multiple, so this lies in it. What the service has already it passes over.
        const start = before - (before % QUANTUM);
        const range = { upload, body, from: start - facts.offset, start, end, total, hash };
        kept = await sendRange(range, signal);
        if (kept !== 'finished' && kept <= before) throw new ServiceError('failed', { cause: 'no progress' });
      }
      sending.sent = end;
      sending.md5 = md5;
      sending.isUncertain = false;
      sending.isFinished = kept === 'finished';
      return { number: facts.number, size: facts.size, tag: '' };
    },
    isFinished: (upload) => sessions.get(upload)?.isFinished === true,
    mayExist: (upload) => sessions.get(upload)?.isFinishing === true,
    forget(upload) {
      sessions.delete(upload);
    },
  };
}

interface Range {
  readonly upload: string;
  readonly body: SendBody;
  /** Where the range begins in `body`. */
  readonly from: number;
  /** Where it begins in the object. */
  readonly start: number;
  /** Behind its last byte in the object. */
  readonly end: number;
  /** Of the object; only with the last part. */
  readonly total: number | undefined;
  /** MD5 of the object; only with the last part. The service makes no object of bytes that have another. */
  readonly hash: string | undefined;
}

/** Sends bytes; answers how many of the object the service has then: it may keep fewer than were sent. */
function sendRange(range: Range, signal: AbortSignal): Promise<number | 'finished'> {
  const { upload, body, from, start, end, total, hash } = range;
  const place = start === end ? '*' : `${start}-${end - 1}`;
  const headers: Record<string, string> = { 'content-range': `bytes ${place}/${total ?? '*'}` };
  if (hash !== undefined) headers['x-goog-hash'] = `md5=${hash}`;
  const rest = body instanceof Blob ? body.slice(from, body.size) : body.subarray(from);
  return sendToSession(upload, headers, rest, signal);
}

/** How many bytes the service has. Without a total, so that the question alone ends no upload, unchecked. */
function askKept(upload: string, signal: AbortSignal): Promise<number | 'finished'> {
  return sendToSession(upload, { 'content-range': 'bytes */*' }, new Uint8Array(), signal);
}

async function sendToSession(
  upload: string,
  headers: Readonly<Record<string, string>>,
  body: SendBody,
  signal: AbortSignal,
): Promise<number | 'finished'> {
  const response = await sendToService({ method: 'PUT', url: upload, headers, body }, signal);
  if (response.status === 200 || response.status === 201) {
    await jsonOf(response, signal);
    return 'finished';
  }
  if (response.status !== 308) throw await sessionRefusal(response, signal);
  await textOfAnswer(response, signal);
  const kept = /^bytes=0-(\d+)$/.exec(response.headers.get('range') ?? '')?.[1];
  return kept === undefined ? 0 : Number(kept) + 1;
}

/** A cancelled session answers 499. */
async function sessionRefusal(response: Response, signal: AbortSignal): Promise<ServiceError> {
  const refusal = await refusalOf(response, signal);
  return response.status === 499
    ? new ServiceError('missing', { status: 499, cause: refusal.cause })
    : refusal;
}
