import { AppError, type Core, type StoredFile } from '../../../core/index.ts';
import { bareMediaType } from '../../../lib/media-type.ts';
import { isPdf, isPicture } from '../records/file.ts';

/** How a file is shown on its page; `none`: no browser shows it. */
export type ViewKind = 'picture' | 'drawing' | 'video' | 'audio' | 'pdf' | 'text' | 'none';

/** The beginning of a file as text. */
export interface FileText {
  readonly text: string;
  /** There is more of it. */
  readonly isCut: boolean;
  /** Some bytes are no characters of the encoding, and stand there as U+FFFD. */
  readonly isBroken: boolean;
  readonly encoding: string;
}

/** Bytes of a text that are shown. */
export const SHOWN_BYTES = 200_000;

const UNKNOWN = 'application/octet-stream';
const TEXTS = /^(?:text\/|application\/(?:json|x-ndjson|xml|javascript|sql|toml|yaml)$|.*\+(?:xml|json)$)/;
// What no text has, and what turns the direction of the page's own words.
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u202a-\u202e\u2066-\u2069]/g;

/** Decided by the content. Only what the content leaves open may be text because somebody said so: it is harmless as text. */
export function viewKind({ type, declaredType }: Pick<StoredFile, 'type' | 'declaredType'>): ViewKind {
  const bare = bareMediaType(type);
  if (isPicture(bare)) return 'picture';
  if (bare === 'image/svg+xml') return 'drawing';
  if (bare.startsWith('video/')) return 'video';
  if (bare.startsWith('audio/')) return 'audio';
  if (isPdf(bare)) return 'pdf';
  const isOpen = bare === '' || bare === UNKNOWN;
  return TEXTS.test(isOpen ? bareMediaType(declaredType) : bare) ? 'text' : 'none';
}

/** Reads the first {@link SHOWN_BYTES} of a file as text; undefined where its storage has lost it. */
export async function readText(core: Core, file: StoredFile): Promise<FileText | undefined> {
  const isCut = file.size > SHOWN_BYTES;
  const encoding = encodingOf(file.type);
  const bytes = file.size === 0 ? new Uint8Array() : await readBytes(core, file);
  if (bytes === undefined) return undefined;
  const decoded = decode(bytes, encoding, isCut);
  const text = decoded.text.replace(UNPRINTABLE, '\ufffd');
  return { text, isCut, isBroken: decoded.isBroken || text !== decoded.text, encoding };
}

/** Whether its storage has lost it. Of one that does not answer that is not known. */
export async function isLost(core: Core, file: StoredFile): Promise<boolean> {
  if (file.size === 0) return false;
  try {
    return (await readBytes(core, file, 1)) === undefined;
  } catch {
    return false;
  }
}

async function readBytes(core: Core, file: StoredFile, most = SHOWN_BYTES): Promise<Uint8Array | undefined> {
  try {
    const body = await core.files.read(file, { start: 0, end: Math.min(file.size, most) - 1 });
    return new Uint8Array(await new Response(body).arrayBuffer());
  } catch (error) {
    if (error instanceof AppError && error.reason === 'missing_object') return undefined;
    throw error;
  }
}

const ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252', 'iso-8859-1'] as const;
type Encoding = (typeof ENCODINGS)[number];

function encodingOf(type: string): Encoding {
  const label = /;\s*charset="?([\w-]+)/i.exec(type)?.[1]?.toLowerCase();
  return ENCODINGS.find((one) => one === label) ?? 'utf-8';
}

function decode(bytes: Uint8Array, encoding: Encoding, isCut: boolean) {
  // With `stream`, a character that is cut at the end is no error.
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: isCut });
    return { text, isBroken: false };
  } catch {
    return { text: new TextDecoder(encoding).decode(bytes, { stream: isCut }), isBroken: true };
  }
}
