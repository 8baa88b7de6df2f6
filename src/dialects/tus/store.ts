import { DataStore, Upload as WireUpload } from '@tus/server';
import type { Actor, Core, Upload } from '../../core/index.ts';
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
  /** The upload as the core told it last. */
  latest: Upload | undefined;

  constructor(exchange: Exchange) {
    super();
    this.#exchange = exchange;
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
    const { size } = upload;
    // All bytes are there and only the attaching failed: whoever knows that may go on with no bytes.
    const goesOn = upload.complete && request.headers.get('upload-offset') === String(size);
    return new WireUpload({ id, size, offset: goesOn && size !== undefined ? size : upload.offset });
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
    const { core, actor } = this.#exchange;
    this.latest = await core.uploads.finish(actor, id);
  }

  override async remove(id: string): Promise<void> {
    const { core, actor } = this.#exchange;
    await core.uploads.remove(actor, id);
  }
}
