import { availableParallelism } from 'node:os';
import { AppError } from '../../../core/errors.ts';
import type {
  ImageInfo,
  ImageResult,
  ImageSource,
  Images,
  ImageTransform,
} from '../../../core/ports/images.ts';
import { createWorkerPool, type PoolOptions } from './pool.ts';
import { type ImageCaps, type ImageRefusal, type ImageReply, parseReply } from './protocol.ts';

/** How pictures are made. What is optional has a default. */
export interface SharpImagesOptions {
  /** Starts a worker: a process that calls `runImageWorker` of worker.ts. */
  readonly workerCommand: readonly string[];
  /** All that workers see of the environment; no secrets. */
  readonly environment: Readonly<Record<string, string>>;
  /** Workers at the same time; by default one fewer than there are processors, from 1 to 4. */
  readonly size?: number;
  /** Pictures that may wait for a worker; 64. */
  readonly queueLimit?: number;
  /** Milliseconds that one picture may take; 10,000. */
  readonly timeoutMs?: number;
  /** Milliseconds after which an unused worker ends; 60,000. */
  readonly idleMs?: number;
  /** Pixels of a source; 50 million. */
  readonly maxPixels?: number;
}

/** Pixels per side of a made picture (SECURITY-REQUIREMENTS 5.1; `ImageTransform.width`). */
const maxSide = 4096;

/** Images, and how busy they are. */
export interface SharpImages extends Images {
  /** Processes that there are. */
  readonly workers: number;
  /** Pictures that wait for one. */
  readonly waiting: number;
}

/** Pictures by sharp (libvips), in child processes. Workers are started when needed. */
export function createImages(options: SharpImagesOptions): SharpImages {
  const caps: ImageCaps = { maxPixels: options.maxPixels ?? 50_000_000, maxSide };
  const pool = createWorkerPool(withDefaults(options));

  const ask = async (source: ImageSource, transform?: ImageTransform): Promise<ImageResult & ImageInfo> => {
    const path = 'path' in source ? source.path : undefined;
    const bytes = 'bytes' in source ? source.bytes : undefined;
    const frame = await pool.run({ path, transform, caps }, bytes);
    const reply = parseReply(frame.header);
    if (reply === undefined) throw new AppError('internal', { reason: 'bad_reply' });
    if (!reply.ok) throw refusalError(reply);
    const { width, height, format } = reply;
    return { width, height, format, contentType: `image/${format}`, bytes: frame.bytes };
  };

  return {
    async transform(source, transform) {
      const { bytes, contentType, width, height } = await ask(source, transform);
      return { bytes, contentType, width, height };
    },
    async info(source) {
      const { width, height, format } = await ask(source);
      return { width, height, format };
    },
    get workers() {
      return pool.workers;
    },
    get waiting() {
      return pool.waiting;
    },
    close: () => pool.close(),
  };
}

function withDefaults(options: SharpImagesOptions): PoolOptions {
  return {
    command: options.workerCommand,
    environment: options.environment,
    size: options.size ?? Math.max(1, Math.min(availableParallelism() - 1, 4)),
    queueLimit: options.queueLimit ?? 64,
    timeoutMs: options.timeoutMs ?? 10_000,
    idleMs: options.idleMs ?? 60_000,
  };
}

function refusalError({ refusal, message }: ImageReply & { ok: false }): AppError {
  const cause = new Error(message);
  return new AppError(codes[refusal], { reason: refusal, cause });
}

const codes = {
  not_an_image: 'invalid',
  too_many_pixels: 'invalid',
  format_not_allowed: 'invalid',
  bad_transform: 'invalid',
  missing: 'not_found',
  failed: 'internal',
} as const satisfies Record<ImageRefusal, AppError['code']>;
