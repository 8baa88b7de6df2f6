import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, gzip } from 'node:zlib';
import { takesGzip } from './compression.ts';
import { SAFE_HEADERS } from './respond.ts';

/** The files that pages load. */
export interface Assets {
  /** The path of a file, with the version of all of them in it. A name that is none is a mistake in the source: RangeError. */
  path(name: string): string;
  /** The file of such a path, as small as the browser takes it; undefined for another version or an unknown name. */
  answer(version: string, name: string, request: Request): Promise<Response | undefined>;
}

type Encoding = 'br' | 'gzip' | 'identity';

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
  png: 'image/png',
  woff2: 'font/woff2',
};

/** Makes {@link Assets} of files by their names. They are compressed when they are first asked for. */
export function createAssets(files: ReadonlyMap<string, Uint8Array>): Assets {
  const hash = createHash('sha256');
  for (const [name, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1)))
    hash.update(name).update(bytes);
  const current = hash.digest('hex').slice(0, 12);
  const compressed = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();

  function bytesOf(name: string, bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
    const key = `${encoding} ${name}`;
    const made = compressed.get(key) ?? compress(bytes, encoding);
    compressed.set(key, made);
    return made;
  }

  return {
    path(name) {
      if (!files.has(name)) throw new RangeError(`there is no asset ${name}`);
      return `/_/assets/${current}/${name}`;
    },
    async answer(version, name, request) {
      const bytes = version === current ? files.get(name) : undefined;
      const type = types[name.slice(name.lastIndexOf('.') + 1)];
      if (bytes === undefined || type === undefined) return undefined;
      const encoding = encodingFor(type, request.headers.get('accept-encoding') ?? '');
      return new Response(await bytesOf(name, bytes, encoding), {
        headers: {
          ...SAFE_HEADERS,
          'content-type': type,
          'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
          'cross-origin-resource-policy': 'same-origin',
          'cache-control': 'public, max-age=31536000, immutable',
          vary: 'Accept-Encoding',
          ...(encoding === 'identity' ? {} : { 'content-encoding': encoding }),
        },
      });
    },
  };
}

function encodingFor(type: string, accepted: string): Encoding {
  if (!/^text\/|svg/.test(type)) return 'identity';
  if (/\bbr\b(?!\s*;\s*q=0(?:\.0*)?(?:,|$))/.test(accepted)) return 'br';
  return takesGzip(accepted) ? 'gzip' : 'identity';
}

async function compress(bytes: Uint8Array, encoding: Encoding): Promise<Uint8Array<ArrayBuffer>> {
  if (encoding === 'identity') return new Uint8Array(bytes);
  return new Uint8Array(await promisify(encoding === 'br' ? brotliCompress : gzip)(bytes));
}
