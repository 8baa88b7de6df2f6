import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Upload, type UploadOptions } from 'tus-js-client';
import { textAt } from './json.ts';

/** A collection that takes files of any kind from everybody. */
export const FILMS = {
  name: 'films',
  type: 'base',
  ...{ listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' },
  fields: [
    { name: 'title', type: 'text', max: 20 },
    { name: 'video', type: 'file', maxSize: 4_000_000_000 },
    { name: 'clips', type: 'file', maxSize: 4_000_000_000, maxSelect: 5 },
  ],
} as const;

/** Where an upload ended. */
export interface Uploaded {
  readonly url: string;
  /** `<collection>/<record id>`; '' when the answer that said so never came. */
  readonly record: string;
  /** Promises about offsets that were broken on the way. */
  readonly violations: readonly string[];
  /** Offsets that the server had acknowledged. */
  readonly acknowledged: number;
}

/** Uploads by the stock client until the upload is complete, over whatever breaks meanwhile. Rejects when the client gives up. */
export function uploadByTus(
  base: string,
  data: Buffer,
  options: Partial<UploadOptions> = {},
): Promise<Uploaded> {
  const violations: string[] = [];
  let highest = 0;
  let acknowledged = 0;
  let record = '';
  return new Promise((resolve, reject) => {
    const upload: Upload = new Upload(data, {
      endpoint: `${base}/tus/`,
      retryDelays: Array.from({ length: 200 }, () => 50),
      metadata: { collection: 'films', field: 'video', filename: 'film.bin' },
      onAfterResponse(request, response) {
        record = response.getHeader('dossier-record') ?? record;
        const offset = Number(response.getHeader('upload-offset') ?? -1);
        const status = response.getStatus();
        if (options.parallelUploads !== undefined || status >= 300 || offset < 0) return;
        if (request.getMethod() === 'HEAD' && offset < highest)
          violations.push(`the offset went from ${highest} back to ${offset}`);
        if (request.getMethod() === 'PATCH') acknowledged++;
        highest = Math.max(highest, offset);
      },
      onError: reject,
      onSuccess: () => resolve({ url: upload.url ?? '', record, violations, acknowledged }),
      ...options,
    });
    upload.start();
  });
}

/** The bytes of a record's newest file. */
export async function fileOf(base: string, record: string, field = 'video'): Promise<Buffer> {
  const [collection = '', id = ''] = record.split('/');
  const found = await fetch(`${base}/api/collections/${collection}/records/${id}`);
  const body: unknown = await found.json();
  const value: unknown = Object(body)[field];
  const name = Array.isArray(value) ? String(value.at(-1)) : textAt(body, field);
  const file = await fetch(`${base}/api/files/${collection}/${id}/${name}`);
  if (!file.ok) throw new Error(`the file ${name} of ${record} is answered ${file.status}`);
  return Buffer.from(await file.arrayBuffer());
}

/** Names of what waits in a data folder to become a file. */
export function stagedIn(dir: string): string[] {
  try {
    return readdirSync(join(dir, 'uploads'));
  } catch {
    return [];
  }
}

/** Bytes that a misplaced block would change. */
export function numberedBytes(size: number, seed: number): Buffer {
  const data = Buffer.alloc(size);
  for (let at = 0; at + 4 <= size; at += 4) data.writeUInt32LE((at * 2_654_435_761 + seed) >>> 0, at);
  return data;
}
