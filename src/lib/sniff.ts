import { sniffText } from './sniff-text.ts';

/** How many bytes from the start of a file its type is decided by. */
export const SNIFF_BYTES = 65_536;

/** What a file is, by its content. */
export interface SniffedType {
  /** A media type; for plain text, HTML and XML with its charset, e.g. `text/plain; charset=utf-8`. */
  readonly type: string;
  /** The usual extension with its dot, or `''` when the type is not known. */
  readonly ext: string;
}

/** Collects the start of a file that streams by. */
export interface Sniffer {
  /** Shows the next bytes. They must not change until {@link result} unless more than one chunk is pushed. */
  push(chunk: Uint8Array): void;
  /** The first {@link SNIFF_BYTES} bytes, or all when there are fewer. */
  head(): Uint8Array;
  /** The type by what was pushed so far. Never rejects: what is not known is `application/octet-stream`. */
  result(): Promise<SniffedType>;
}

/** Types under the names that clients of the imitated wire list in their field options. */
const renamed = new Map<string, SniffedType>([
  ['application/rtf', { type: 'text/rtf', ext: '.rtf' }],
  ['application/vnd.ms-asf', { type: 'video/x-ms-asf', ext: '.asf' }],
  ['application/x-cfb', { type: 'application/x-ole-storage', ext: '' }],
  ['application/x-msdownload', { type: 'application/vnd.microsoft.portable-executable', ext: '.exe' }],
  ['application/x-sqlite3', { type: 'application/vnd.sqlite3', ext: '.sqlite' }],
  ['audio/ogg; codecs=opus', { type: 'audio/ogg', ext: '.ogg' }],
  ['image/apng', { type: 'image/vnd.mozilla.apng', ext: '.png' }],
  ['video/matroska', { type: 'video/x-matroska', ext: '.mkv' }],
  ['video/vnd.avi', { type: 'video/x-msvideo', ext: '.avi' }],
]);

const OFFICE = 'application/vnd.openxmlformats-officedocument';

/**
 * Makes a {@link Sniffer}. It holds at most 64 KB, and copies nothing while one chunk is enough, because the head is
 * only read in {@link Sniffer.result}.
 */
export function createSniffer(): Sniffer {
  let single: Uint8Array | undefined;
  let buffer: Uint8Array | undefined;
  let length = 0;

  const head = () => buffer?.subarray(0, length) ?? single ?? new Uint8Array(0);
  return {
    push(chunk) {
      if (length >= SNIFF_BYTES || chunk.length === 0) return;
      const piece = chunk.subarray(0, SNIFF_BYTES - length);
      if (length === 0) {
        single = piece;
      } else {
        if (buffer === undefined) {
          buffer = new Uint8Array(SNIFF_BYTES);
          if (single) buffer.set(single);
          single = undefined;
        }
        buffer.set(piece, length);
      }
      length += piece.length;
    },
    head,
    result: () => sniff(head(), length < SNIFF_BYTES),
  };
}

/**
 * The type of a file by its first bytes (SECURITY-REQUIREMENTS 3.3). `complete` says that `head` is the whole file.
 * Markup that a browser would run (SVG, HTML) is looked for before anything that a lenient magic number claims.
 */
export async function sniff(head: Uint8Array, complete: boolean): Promise<SniffedType> {
  const text = sniffText(head, complete);
  const binary = text?.certain ? undefined : await sniffBinary(head);
  if (binary) return binary;
  return text ? { type: text.type, ext: text.ext } : { type: 'application/octet-stream', ext: '' };
}

async function sniffBinary(head: Uint8Array): Promise<SniffedType | undefined> {
  // Loaded with the first file, not with the server.
  const { fileTypeFromBuffer } = await import('file-type');
  const found = await fileTypeFromBuffer(head).catch(() => undefined);
  if (!found) return undefined;
  if (found.mime === 'application/zip') return officeByNames(head) ?? { type: found.mime, ext: '.zip' };
  return renamed.get(found.mime) ?? { type: found.mime, ext: `.${found.ext}` };
}

/** Office files whose type entry lies beyond the head are told by the folders of their first entries. */
function officeByNames(head: Uint8Array): SniffedType | undefined {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  if (!bytes.includes('[Content_Types].xml') && !bytes.includes('_rels/.rels')) return undefined;
  if (bytes.includes('word/')) return { type: `${OFFICE}.wordprocessingml.document`, ext: '.docx' };
  if (bytes.includes('xl/')) return { type: `${OFFICE}.spreadsheetml.sheet`, ext: '.xlsx' };
  if (bytes.includes('ppt/')) return { type: `${OFFICE}.presentationml.presentation`, ext: '.pptx' };
  return undefined;
}
