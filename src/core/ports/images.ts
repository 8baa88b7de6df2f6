/** One transformation of a picture, whatever the dialect's spelling. */
export interface ImageTransform {
  /** Target width in pixels; 0 = from the height and the ratio. At most 4096. */
  readonly width: number;
  /** Target height in pixels; 0 = from the width and the ratio. At most 4096. */
  readonly height: number;
  /** `cover` = scale and crop to the box (with a zero side: scale, ratio kept); `inside` = fit in the box, never enlarged. */
  readonly fit: 'cover' | 'inside';
  /** Where `cover` keeps the picture. */
  readonly anchor: 'center' | 'top' | 'bottom';
  /** `source` keeps the source's own format (jpeg, png, gif first frame, webp, avif). */
  readonly format: 'source' | 'jpeg' | 'png' | 'webp' | 'avif';
  /** 1..100, or undefined for the format's default. */
  readonly quality?: number;
}

/** Bytes of a picture: a path that worker processes may read, or the bytes. */
export type ImageSource = { readonly path: string } | { readonly bytes: Uint8Array };

/** Size and kind of a picture, after its EXIF orientation. */
export interface ImageInfo {
  readonly width: number;
  readonly height: number;
  readonly format: 'jpeg' | 'png' | 'gif' | 'webp' | 'avif';
}

/** A made picture. */
export interface ImageResult {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  readonly width: number;
  readonly height: number;
}

/**
 * Decoding outside the server's process (SECURITY-REQUIREMENTS 5).
 *
 * Throws `invalid` (reason `not_an_image`, `too_many_pixels`, `format_not_allowed`, `bad_transform`) for the picture's or the
 * request's own fault, `busy` (reason `queue_full`, `timeout`, `closed`) when the queue is full or the time is up,
 * `not_found` when there is no file at the path, `internal` when the decoder died.
 */
export interface Images {
  transform(source: ImageSource, transform: ImageTransform): Promise<ImageResult>;
  /** Header only; no pixels are decoded. */
  info(source: ImageSource): Promise<ImageInfo>;
  close(): Promise<void>;
}
