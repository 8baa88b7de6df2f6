import type { ImageInfo, ImageTransform } from '../../../core/ports/images.ts';

/** What a worker may decode and make. */
export interface ImageCaps {
  /** Pixels of the source, width × height as its header says. */
  readonly maxPixels: number;
  /** Pixels per side of a made picture. */
  readonly maxSide: number;
}

/** A job for a worker. Without `path` the picture's bytes follow the request; without `transform` only its size is asked. */
export interface ImageRequest {
  readonly path?: string;
  readonly transform?: ImageTransform;
  readonly caps: ImageCaps;
}

/** Why a worker refuses a job. `failed` is the worker's own fault. */
export type ImageRefusal =
  | 'not_an_image'
  | 'too_many_pixels'
  | 'format_not_allowed'
  | 'bad_transform'
  | 'missing'
  | 'failed';

/** A worker's answer; the bytes of a made picture follow it. */
export type ImageReply =
  | ({ readonly ok: true } & ImageInfo)
  | { readonly ok: false; readonly refusal: ImageRefusal; readonly message: string };

/** Thrown inside a worker to answer a refusal. */
export class Refused extends Error {
  readonly refusal: ImageRefusal;

  constructor(refusal: ImageRefusal, cause?: unknown) {
    super(refusal, { cause });
    this.refusal = refusal;
  }
}

const refusals = {
  not_an_image: true,
  too_many_pixels: true,
  format_not_allowed: true,
  bad_transform: true,
  missing: true,
  failed: true,
} satisfies Record<ImageRefusal, true>;

const formats = { jpeg: true, png: true, gif: true, webp: true, avif: true } satisfies Record<
  ImageInfo['format'],
  true
>;

/** Reads a reply. A worker that a hostile picture took over may answer anything: what is not a reply is `undefined`. */
export function parseReply(value: unknown): ImageReply | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const reply = value as Readonly<Record<string, unknown>>;
  if (reply.ok === false && isKey(refusals, reply.refusal) && typeof reply.message === 'string') {
    return { ok: false, refusal: reply.refusal, message: reply.message };
  }
  const { width, height, format } = reply;
  if (reply.ok === true && isSide(width) && isSide(height) && isKey(formats, format)) {
    return { ok: true, width, height, format };
  }
  return undefined;
}

function isSide(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) > 0;
}

function isKey<Key extends string>(table: Readonly<Record<Key, true>>, value: unknown): value is Key {
  return typeof value === 'string' && Object.hasOwn(table, value);
}
