import type { ChunkChecksum, NewUpload, UploadTarget } from '../../core/index.ts';
import { parseJson } from '../../http/body.ts';
import { TusError } from './errors.ts';

/** Where uploads are. */
export const BASE = '/tus';

/** Digests that `Upload-Checksum` may carry, with their lengths in bytes. */
const DIGESTS = { sha256: 32, sha1: 20, md5: 16 } as const;

/** For `Tus-Checksum-Algorithm`. */
export const CHECKSUM_ALGORITHMS = Object.keys(DIGESTS).join(',');

/** `Upload-Checksum: <algorithm> <Base64>`; undefined without the header. Throws 400. */
export function parseChecksum(header: string | null): ChunkChecksum | undefined {
  if (header === null) return undefined;
  const [, name = '', text = ''] = /^([a-z0-9]+) ([A-Za-z0-9+/]+={0,2})$/.exec(header) ?? [];
  const algorithm = isAlgorithm(name) ? name : undefined;
  const digest = new Uint8Array(Buffer.from(text, 'base64'));
  if (algorithm === undefined || digest.byteLength !== DIGESTS[algorithm]) {
    throw new TusError(400, 'Upload-Checksum cannot be read, or its algorithm is not supported.');
  }
  return { algorithm, digest };
}

function isAlgorithm(name: string): name is keyof typeof DIGESTS {
  return Object.hasOwn(DIGESTS, name);
}

/** What `Upload-Concat` makes of a new upload. */
export type Concat =
  | { readonly kind: 'none' | 'partial' }
  | { readonly kind: 'final'; readonly pieces: readonly string[] };

/** `Upload-Concat: partial` or `final;<url> <url> …`, absolute or relative. Throws 400. */
export function parseConcat(header: string | null): Concat {
  if (header === null) return { kind: 'none' };
  if (header === 'partial') return { kind: 'partial' };
  if (!header.startsWith('final;')) throw new TusError(400, 'Upload-Concat cannot be read.');
  const urls = header.slice('final;'.length).split(' ');
  return { kind: 'final', pieces: urls.filter((url) => url !== '').map(idOf) };
}

/** The id at the end of an upload's address. */
function idOf(url: string): string {
  const [, id] = /\/tus\/([a-z0-9]{1,64})$/.exec(url) ?? [];
  if (id === undefined) throw new TusError(400, 'Upload-Concat names something that is no upload.');
  return id;
}

/** The values of `Upload-Metadata`, decoded. */
export type Metadata = Readonly<Record<string, string | null | undefined>>;

/**
 * A new upload by its metadata: `collection`, `field`, `record` or `data` (JSON of a new record's other fields), and
 * `filename`. `filetype` is the client's guess; the content decides. Throws 400.
 */
export function readTarget(metadata: Metadata): Pick<NewUpload, 'target' | 'filename'> {
  const filename = metadata.filename ?? metadata.name ?? 'file';
  const { collection, field, record } = metadata;
  if (!collection && !field) return { filename };
  if (!collection || !field) throw new TusError(400, 'The metadata must name a collection and a field.');
  const target: UploadTarget = {
    collection,
    field,
    ...(record ? { record } : { data: readData(metadata.data) }),
  };
  return { filename, target };
}

function readData(text: string | null | undefined): Readonly<Record<string, unknown>> {
  if (!text) return {};
  let value: unknown;
  try {
    value = parseJson(text, undefined, true);
  } catch {
    throw new TusError(400, 'The metadata "data" is not JSON.');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TusError(400, 'The metadata "data" is not an object.');
  }
  return { ...value };
}
