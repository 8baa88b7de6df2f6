import { snakeCase, truncateBytes } from './text.ts';

const MAX_CLIENT_BYTES = 300;
const MAX_BASE = 100;
const MAX_EXTENSION = 20;
const MAX_ORIGINAL_BYTES = 255;

/** Controls, line and paragraph separators, marks that change the reading direction, byte order marks. */
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/**
 * The public name of an upload (specs/pocketbase.md 6, "Stored name"): `<base>_<10 random><ext>`, 12..132 characters,
 * matching `^[a-z0-9_]+[\w.*+=#-]*$`: no slash or backslash, no leading dot.
 *
 * - `clientName`: as sent; anything goes.
 * - `sniffedExt`: with its dot, from the content, used when the name has none; `''` when unknown.
 * - `random10`: gives 10 random `[a-z0-9]`; called a second time when the base is shorter than three characters.
 */
export function storedName(clientName: string, sniffedExt: string, random10: () => string): string {
  const name = lastBytes(clientName, MAX_CLIENT_BYTES);
  const rawExt = extensionOf(name);
  const base = snakeCase(name.slice(0, name.length - rawExt.length));
  const wideBase = base.length < 3 ? base + random10() : base.slice(0, MAX_BASE);
  return `${wideBase}_${random10()}${cleanExtension(rawExt) || cleanExtension(sniffedExt)}`;
}

/**
 * The client's name as metadata (SECURITY-REQUIREMENTS 3.4): its last path segment, NFC, without control, bidi or
 * path characters, at most 255 bytes of UTF-8 with a short extension kept, never empty (`file`). Idempotent.
 */
export function cleanOriginalName(name: string): string {
  const segment = name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
  const clean = shorten(segment.toWellFormed().replace(UNSEEN, '').normalize('NFC').trim());
  return clean === '' || /^\.+$/.test(clean) ? 'file' : clean;
}

function shorten(name: string): string {
  if (Buffer.byteLength(name) <= MAX_ORIGINAL_BYTES) return name;
  const dot = name.lastIndexOf('.');
  const ext = dot > 0 && name.length - dot <= MAX_EXTENSION ? name.slice(dot) : '';
  const base = ext === '' ? name : name.slice(0, dot);
  return truncateBytes(base, MAX_ORIGINAL_BYTES - Buffer.byteLength(ext)).trim() + ext;
}

/** From the second-to-last dot when there are two, so that `.tar.gz` stays whole. */
function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  if (dot === -1) return '';
  const earlier = dot === 0 ? -1 : name.lastIndexOf('.', dot - 1);
  return name.slice(earlier === -1 ? dot : earlier);
}

function cleanExtension(ext: string): string {
  const kept = trimDots(ext.replace(/[^\w.*\-+=#]+/g, ''));
  if (kept === '') return '';
  // The limit counts the dot, as the wire's origin does; what is cut gets a new one.
  return kept.length + 1 > MAX_EXTENSION ? `.${trimDots(kept.slice(-MAX_EXTENSION))}` : `.${kept}`;
}

function trimDots(text: string): string {
  return text.replace(/^\.+/, '').replace(/(?<!\.)\.+$/, '');
}

function lastBytes(text: string, max: number): string {
  if (text.length * 3 <= max) return text;
  // A character may be cut in two here; what is left of it is dropped with all other non-ASCII later.
  const tail = Buffer.from(text.slice(-max));
  return tail.subarray(Math.max(0, tail.length - max)).toString();
}
