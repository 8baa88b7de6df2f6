import { DataStore, Upload as WireUpload } from '@tus/server';
import { type Actor, AppError, type Core, type Upload } from '../../core/index.ts';
import { streamBody } from '../../http/body-stream.ts';
import { parseChecksum, parseConcat, readTarget } from './wire.ts';

/** Extensions that this server has, some of them around the library. */
export const EXTENSIONS = [
  'creation',
  'creation-with-upload',
  'creation-defer-length',
  'termination',
  'checksum',
  'expiration',
  'concatenation',
];

/** What one request is about. */
export interface Exchange {
  readonly core: Core;
  readonly actor: Actor;
  /** Who asks by now: the same, or `unauthorized` when the account or its token came to an end meanwhile. */
  stillActor(): Promise<Actor>;
  /** As it came; the library sees a copy without the body. */
  readonly request: Request;
}

/**
 * The library's store for one request, over the core's uploads. The body is read here and not through the library's chain of
 * Node streams, which would be the slowest step of all.
 */
export class UploadStore extends DataStore {
  override extensions = EXTENSIONS;
  readonly #exchange: Exchange;
  readonly #method: string;
  /** The upload as the core told it last. */
  latest: Upload | undefined;

  constructor(exchange: Exchange, method: string) {
    super();
    this.#exchange = exchange;
    this.#method = method;
  }

  override async create(wire: WireUpload): Promise<WireUpload> {
    const { core, actor, request } = this.#exchange;
    const partial = parseConcat(request.headers.get('upload-concat')).kind === 'partial';
    parseChecksum(request.headers.get('upload-checksum'));
    this.latest = await core.uploads.create(actor, {
      ...readTarget(wire.metadata ?? {}),
      metadata: request.headers.get('upload-metadata') ?? '',
      size: wire.size,
      partial,
    });
    wire.id = this.latest.id;
    return wire;
  }

  override async getUpload(id: string): Promise<WireUpload> {
    const { core, actor, request } = this.#exchange;
    const upload = await core.uploads.find(actor, id);
    this.latest = upload;
    if (this.#method !== 'PATCH') return new WireUpload({ id, size: upload.size, offset: upload.offset });
    if (upload.part === 'joined') throw new AppError('conflict', { reason: 'upload_complete' });
    // Told again, the library would refuse what it knows; the core looks whether it is the same.
    const isTold = upload.size !== undefined && request.headers.get('upload-length') === String(upload.size);
    const size = isTold ? undefined : upload.size;
    // All bytes are there and only the attaching failed: whoever knows that may go on with no bytes.
    const goesOn = upload.complete && request.headers.get('upload-offset') === String(upload.size);
    const offset = goesOn ? (upload.size ?? upload.offset) : upload.offset;
    return new WireUpload({ id, size, offset });
  }

  override async declareUploadLength(id: string, size: number): Promise<void> {
    const { core, actor } = this.#exchange;
    this.latest = await core.uploads.declareSize(actor, id, size);
  }

  override async write(_stream: unknown, id: string, offset: number): Promise<number> {
    const { core, actor, request } = this.#exchange;
    const declared = request.headers.get('content-length');
    const upload = await core.uploads.append(actor, id, {
      offset,
      length: declared === null ? (request.body === null ? 0 : undefined) : Number(declared),
      source: streamBody(request),
      checksum: parseChecksum(request.headers.get('upload-checksum')),
    });
    this.latest = upload;
    return upload.complete ? (upload.size ?? upload.offset) : upload.offset;
  }

  /** Attaches the complete upload; the library's `onUploadFinish`. */
  async finish(id: string): Promise<void> {
    const { core, stillActor } = this.#exchange;
    // The bytes may have come for hours.
    this.latest = await core.uploads.finish(await stillActor(), id);
  }

  override async remove(id: string): Promise<void> {
    const { core, actor } = this.#exchange;
    await core.uploads.remove(actor, id);
  }
}
