import { badRequest, GcsRefusal } from './answers.ts';
import type { Expected, GcsObject, GcsObjects, Incoming } from './objects.ts';

const QUANTUM = 256 * 1024;

interface Session {
  readonly name: string;
  readonly contentType: string;
  readonly expected: Expected;
  readonly ifGeneration: string | null;
  readonly incoming: Incoming;
  state: 'open' | 'cancelled';
  done: GcsObject | undefined;
}

/**
 * Resumable uploads: https://cloud.google.com/storage/docs/performing-resumable-uploads
 *
 * A session's address is itself the permission to write; the requests to it need no token. Chunks must follow each other,
 * and all but the last have a multiple of 256 KiB. 308 tells how much is kept.
 */
export class GcsSessions {
  /**
   * Of a chunk that broke off, a multiple of this many bytes is kept. The service itself has been seen to keep another number,
   * though extremely rarely (googleapis/java-storage, pull request 2493); tests imitate that with another value.
   */
  keptMultiple = QUANTUM;
  readonly #sessions = new Map<string, Session>();

  constructor(private readonly objects: GcsObjects) {}

  /** Uploads that are neither finished nor cancelled. */
  unfinished(): readonly string[] {
    return [...this.#sessions].flatMap(([id, { state, done }]) => (state === 'open' && !done ? [id] : []));
  }

  start(name: string, contentType: string, expected: Expected, ifGeneration: string | null): string {
    const id = crypto.randomUUID();
    const incoming = this.objects.receive();
    this.#sessions.set(id, {
      name,
      contentType,
      expected,
      ifGeneration,
      incoming,
      state: 'open',
      done: undefined,
    });
    return id;
  }

  /** Answers 499, as the documentation has it; what was kept is gone. */
  cancel(id: string): Response {
    const session = this.#get(id);
    if (session.done) throw badRequest('The upload has finished.');
    session.state = 'cancelled';
    session.incoming.drop();
    return new Response(null, { status: 499 });
  }

  #get(id: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined) throw new GcsRefusal(404, 'notFound', 'No such upload.');
    if (session.state === 'cancelled') throw new GcsRefusal(499, 'clientClosedRequest', 'It was cancelled.');
    return session;
  }

  /** A chunk, or with `bytes * of TOTAL` the question how much is kept. The object when it is whole. */
  async put(id: string, request: Request): Promise<Response | GcsObject> {
    const session = this.#get(id);
    if (session.done) return session.done;
    const range = request.headers.get('content-range') ?? 'bytes 0-/*';
    const [, first, last, total] = /^bytes (?:(\d+)-(\d*)|\*)\/(\d+|\*)$/.exec(range) ?? [];
    if (total === undefined) throw badRequest(`Failed to parse Content-Range header: ${range}`);
    if (first === undefined) return this.#status(session, total, request);

    const wanted = last ? Number(last) - Number(first) + 1 : undefined;
    const isLast = !request.headers.has('content-range') || total !== '*';
    if (Number(first) > session.incoming.size()) {
      throw badRequest('Invalid request. The first byte is behind what was received.');
    }
    if (wanted !== undefined && !(isLast && Number(last) + 1 === Number(total)) && wanted % QUANTUM !== 0) {
      throw badRequest('Chunks must be a multiple of 256 KiB, but for the last.');
    }
    await this.#receive(session, Number(first), wanted, request);
    if (isLast && (total === '*' || session.incoming.size() === Number(total))) {
      return this.#finish(session, request);
    }
    return resumeIncomplete(session);
  }

  /** Keeps a chunk, or of one that breaks off as much as {@link keptMultiple} allows. */
  async #receive(
    session: Session,
    first: number,
    wanted: number | undefined,
    request: Request,
  ): Promise<void> {
    const pieces: Uint8Array[] = [];
    let got = 0;
    try {
      for await (const piece of request.body ?? []) {
        got += piece.byteLength;
        if (wanted !== undefined && got > wanted) throw badRequest('More bytes than Content-Range tells.');
        pieces.push(Uint8Array.from(piece));
      }
      if (wanted !== undefined && got < wanted) throw badRequest('Fewer bytes than Content-Range tells.');
    } catch (error) {
      const end = first + got;
      this.#keep(session, first, Buffer.concat(pieces).subarray(0, end - (end % this.keptMultiple) - first));
      throw error;
    }
    this.#keep(session, first, Buffer.concat(pieces));
  }

  /** What is there already is passed over: the service "ignores any bytes you send at an offset" that it has. */
  #keep({ incoming, state, done }: Session, first: number, bytes: Uint8Array): void {
    const has = incoming.size() - first;
    if (state === 'open' && !done && has < bytes.byteLength) incoming.write(bytes.subarray(has));
  }

  #status(session: Session, total: string, request: Request): Response | GcsObject {
    if (total !== '*' && Number(total) === session.incoming.size()) return this.#finish(session, request);
    return resumeIncomplete(session);
  }

  #finish(session: Session, request: Request): GcsObject {
    // The last request may name the hashes of the whole object, too.
    const header = request.headers.get('x-goog-hash') ?? '';
    const md5Hash = /(?:^|,)\s*md5=([^,]+)/.exec(header)?.[1] ?? session.expected.md5Hash;
    const crc32c = /(?:^|,)\s*crc32c=([^,]+)/.exec(header)?.[1] ?? session.expected.crc32c;
    try {
      const { name, contentType, ifGeneration } = session;
      session.done = session.incoming.finish(name, contentType, { md5Hash, crc32c }, ifGeneration);
    } catch (error) {
      session.state = 'cancelled';
      throw error;
    }
    return session.done;
  }
}

function resumeIncomplete(session: Session): Response {
  const kept = session.incoming.size();
  // Without a Range nothing is kept yet.
  const headers: Record<string, string> = kept === 0 ? {} : { range: `bytes=0-${kept - 1}` };
  return new Response(null, { status: 308, headers });
}
