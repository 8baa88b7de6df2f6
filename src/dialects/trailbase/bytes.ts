/** 36 characters in the usual groups. */
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const BASE64 = /^[A-Za-z0-9_\-+/]*={0,2}$/;

/**
 * Bytes as the wire has them: base64 of either alphabet, padded or not. Undefined for anything else, such as a length that
 * no bytes have, or bits left over at the end.
 */
export function readBase64(text: string): Buffer | undefined {
  if (!BASE64.test(text)) return undefined;
  const bare = text.endsWith('=') ? text.replace(/=+$/, '') : text;
  if (bare.length % 4 === 1 || (bare !== text && text.length % 4 !== 0)) return undefined;
  const bytes = Buffer.from(bare, 'base64');
  return sameEnd(bytes, bare) ? bytes : undefined;
}

/** URL-safe base64 with padding: the spelling of bytes on this wire, and in the core. */
export function base64Text(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
  const rest = text.length % 4;
  return rest === 0 ? text : text + '='.repeat(4 - rest);
}

/**
 * Bytes from JSON (specs/trailbase.md 2): text of 36 characters is tried as a UUID first, other text is base64; an array has
 * one number of 0..255 per byte. Undefined for anything else.
 */
export function readBytes(value: unknown): Uint8Array | undefined {
  if (typeof value === 'string') return isUuid(value) ? uuidBytes(value) : readBase64(value);
  return isByteArray(value) ? Uint8Array.from(value) : undefined;
}

/** Whether a text is a UUID as it is usually written. */
export function isUuid(text: string): boolean {
  return text.length === 36 && UUID.test(text);
}

/** UUID text → the spelling of its bytes: 24 characters that end in `==`. */
export function uuidToBase64(uuid: string): string {
  return `${uuidBytes(uuid).toString('base64url')}==`;
}

/** Any spelling of a UUID → its text in lower case; undefined for what is none. */
export function readUuid(value: unknown): string | undefined {
  if (typeof value === 'string' && isUuid(value)) return value.toLowerCase();
  const bytes = readBytes(value);
  if (bytes?.byteLength !== 16) return undefined;
  const hex = Buffer.from(bytes).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

function uuidBytes(uuid: string): Buffer {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex');
}

function isByteArray(value: unknown): value is readonly number[] {
  return (
    Array.isArray(value) &&
    value.every((each) => typeof each === 'number' && Number.isInteger(each) && each >= 0 && each <= 255)
  );
}

/** Whether the last characters are what the bytes are written as: otherwise several texts would mean the same bytes. */
function sameEnd(bytes: Buffer, text: string): boolean {
  const rest = text.length % 4;
  if (rest === 0) return true;
  const end = bytes.subarray(bytes.length - (bytes.length % 3)).toString('base64url');
  return end === text.slice(-rest).replaceAll('+', '-').replaceAll('/', '_');
}
