const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const HEX = '0123456789abcdef';

/** Bytes in the form of values: base64url with padding. */
export function encodeBytes(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
  return text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

/** Base64 of either alphabet, padded or not, as bytes; undefined for anything else. */
export function decodeBytes(text: string): Uint8Array | undefined {
  if (!BASE64.test(text)) return undefined;
  const digits = text.replace(/=+$/, '');
  const isWhole = digits.length === text.length || text.length % 4 === 0;
  return isWhole && digits.length % 4 !== 1 ? Buffer.from(digits, 'base64') : undefined;
}

/** Bytes, lists of 0..255 and base64 in the form of values; other input as it came. */
export function castBytes(input: unknown): unknown {
  const bytes = typeof input === 'string' ? decodeBytes(input) : readBytes(input);
  return bytes === undefined ? input : encodeBytes(bytes);
}

/** Whether a value is base64url with padding, as {@link encodeBytes} writes it. */
export function isBytes(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  const bytes = decodeBytes(value);
  return bytes !== undefined && encodeBytes(bytes) === value;
}

/** A UUID's text in any case, with or without hyphens, its 16 bytes, or those in base64, as canonical text; other input as it came. */
export function castUuid(input: unknown): unknown {
  if (typeof input === 'string') {
    const lower = input.toLowerCase();
    if (UUID.test(lower)) return lower;
    if (/^[0-9a-f]{32}$/.test(lower)) return hyphenate(lower);
  }
  const bytes = typeof input === 'string' ? decodeBytes(input) : readBytes(input);
  return bytes?.byteLength === 16 ? hyphenate(Buffer.from(bytes).toString('hex')) : input;
}

/** Whether a value is the canonical text of a UUID. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && UUID.test(value);
}

/** A random UUID of version 4 from 32 hexadecimal digits drawn by `draw`. */
export function randomUuid(draw: (length: number, alphabet: string) => string): string {
  const digits = draw(30, HEX);
  const variant = draw(1, '89ab');
  return hyphenate(`${digits.slice(0, 12)}4${digits.slice(12, 15)}${variant}${digits.slice(15, 30)}`);
}

/** The 16 bytes of a UUID's canonical text in the form of values. */
export function uuidBytes(uuid: string): string {
  return encodeBytes(Buffer.from(uuid.replaceAll('-', ''), 'hex'));
}

function readBytes(input: unknown): Uint8Array | undefined {
  if (input instanceof Uint8Array) return input;
  if (!Array.isArray(input)) return undefined;
  const isByte = (item: unknown) => Number.isInteger(item) && Number(item) >= 0 && Number(item) <= 255;
  return input.every(isByte) ? Uint8Array.from(input) : undefined;
}

function hyphenate(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
