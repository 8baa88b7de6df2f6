/** A picture's size in pixels as it is shown, that is, after its EXIF orientation. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/**
 * Reads the size of a PNG, JPEG, GIF, WebP or AVIF picture from the start of its file, decoding no pixels. Orientation is
 * considered in JPEG (EXIF) and AVIF (`irot`). `undefined` when the format is another, the header is broken, or it lies
 * beyond `head`. Never throws. What it says is the file's claim: nothing is promised about the pixels.
 */
export function imageSize(head: Uint8Array): ImageSize | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  try {
    const size = pngSize(view) ?? gifSize(view) ?? jpegSize(view) ?? webpSize(view) ?? avifSize(view);
    return size && size.width > 0 && size.height > 0 ? size : undefined;
  } catch (error) {
    // Reading past the end: the header is cut short.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function pngSize(view: DataView): ImageSize | undefined {
  if (!is(view, 0, '\x89PNG\r\n\x1a\n') || !is(view, 12, 'IHDR')) return undefined;
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

function gifSize(view: DataView): ImageSize | undefined {
  if (!is(view, 0, 'GIF87a') && !is(view, 0, 'GIF89a')) return undefined;
  return { width: view.getUint16(6, true), height: view.getUint16(8, true) };
}

function jpegSize(view: DataView): ImageSize | undefined {
  if (view.byteLength < 4 || view.getUint16(0) !== 0xffd8) return undefined;
  let turned = false;
  let at = 2;
  while (at < view.byteLength) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    const length = view.getUint16(at + 2);
    if (length < 2) return undefined;
    // Start-of-frame markers, without the Huffman (C4), extension (C8) and arithmetic (CC) tables between them.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) {
      return turn({ width: view.getUint16(at + 7), height: view.getUint16(at + 5) }, turned);
    }
    if (marker === 0xda || marker === 0xd9) return undefined;
    if (marker === 0xe1 && is(view, at + 4, 'Exif\0\0')) turned = exifTurned(view, at + 10, at + 2 + length);
    at += 2 + length;
  }
  return undefined;
}

/** True when tag 0x0112 of the first EXIF directory says that rows and columns are exchanged (5..8). */
function exifTurned(view: DataView, tiff: number, end: number): boolean {
  if (tiff + 8 > end || end > view.byteLength) return false;
  const little = view.getUint16(tiff) === 0x4949;
  const directory = tiff + view.getUint32(tiff + 4, little);
  if (directory + 2 > end) return false;
  const entries = view.getUint16(directory, little);
  for (let i = 0; i < entries; i++) {
    const entry = directory + 2 + i * 12;
    if (entry + 12 > end) return false;
    if (view.getUint16(entry, little) === 0x0112) {
      const orientation = view.getUint16(entry + 8, little);
      return orientation >= 5 && orientation <= 8;
    }
  }
  return false;
}

function webpSize(view: DataView): ImageSize | undefined {
  if (!is(view, 0, 'RIFF') || !is(view, 8, 'WEBP')) return undefined;
  if (is(view, 12, 'VP8 ')) {
    if (!is(view, 23, '\x9d\x01\x2a')) return undefined;
    return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
  }
  if (is(view, 12, 'VP8L')) {
    if (view.getUint8(20) !== 0x2f) return undefined;
    const bits = view.getUint32(21, true);
    return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
  }
  if (!is(view, 12, 'VP8X')) return undefined;
  const width = view.getUint16(24, true) | (view.getUint8(26) << 16);
  const height = view.getUint16(27, true) | (view.getUint8(29) << 16);
  return { width: width + 1, height: height + 1 };
}

/** The largest `ispe` property: the picture itself, where tiles and thumbnails have smaller ones. */
function avifSize(view: DataView): ImageSize | undefined {
  if (!is(view, 4, 'ftyp')) return undefined;
  const brands = text(view, 8, Math.min(view.getUint32(0), view.byteLength));
  if (!brands.includes('avif') && !brands.includes('avis')) return undefined;
  const meta = findBox(view, 0, view.byteLength, 'meta');
  const iprp = meta && findBox(view, meta.start + 4, meta.end, 'iprp');
  const ipco = iprp && findBox(view, iprp.start, iprp.end, 'ipco');
  if (!ipco) return undefined;
  let largest: ImageSize | undefined;
  let turned = false;
  for (const box of boxes(view, ipco.start, ipco.end)) {
    if (box.type === 'irot') turned = (view.getUint8(box.start) & 1) === 1;
    if (box.type !== 'ispe') continue;
    const size = { width: view.getUint32(box.start + 4), height: view.getUint32(box.start + 8) };
    if (!largest || size.width * size.height > largest.width * largest.height) largest = size;
  }
  return largest && turn(largest, turned);
}

interface Box {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

function findBox(view: DataView, start: number, end: number, type: string): Box | undefined {
  for (const box of boxes(view, start, end)) if (box.type === type) return box;
  return undefined;
}

function* boxes(view: DataView, start: number, end: number): Generator<Box> {
  for (let at = start; at + 8 <= end; ) {
    const size = view.getUint32(at);
    if (size < 8) return;
    yield { type: text(view, at + 4, at + 8), start: at + 8, end: Math.min(at + size, end) };
    at += size;
  }
}

function turn(size: ImageSize, turned: boolean): ImageSize {
  return turned ? { width: size.height, height: size.width } : size;
}

function is(view: DataView, at: number, mark: string): boolean {
  if (at + mark.length > view.byteLength) return false;
  for (let i = 0; i < mark.length; i++) if (view.getUint8(at + i) !== mark.charCodeAt(i)) return false;
  return true;
}

function text(view: DataView, from: number, to: number): string {
  let out = '';
  for (let at = from; at < to; at++) out += String.fromCharCode(view.getUint8(at));
  return out;
}
