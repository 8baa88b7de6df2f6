import { readJson, SHORT_BODY } from '../../http/body.ts';
import { type JsonPath, readJsonStrings } from '../../http/json-strings.ts';
import { readMultipart } from '../../http/multipart.ts';
import type { Api, ApiColumn } from './api.ts';
import { TrailBaseError } from './errors.ts';
import type { BodyTarget, FileInput } from './file-input.ts';

/** Most records of one bulk create. */
const MAX_RECORDS = 1024;
/** What boundaries and headers of parts may take of a body. */
const FRAMING = 1_000_000;
/** No body is longer without its files, unless the server takes less of any body. */
const TEXT_LIMIT = 10 * 1024 * 1024;

/** Bytes of a body without its files. */
export function textLimit({ core, options, api }: BodyTarget): number {
  return Math.max(Math.min(options.maxBodySize, TEXT_LIMIT), core.bodyLimits(api.collection).text);
}

/**
 * A JSON body, of one record or an array of them. Files in base64 go to storage as they come, however long they are.
 */
export async function readJsonFiles(
  target: BodyTarget,
  files: FileInput,
  request: Request,
): Promise<unknown> {
  const textSize = textLimit(target);
  const length = request.headers.get('content-length');
  const isShort = length !== null && Number(length) <= SHORT_BODY;
  if (isShort || !hasFileColumns(target.api)) return readJson(request, { size: textSize, lossless: true });
  return readJsonStrings(request, {
    limits: { bodySize: bodyLimit(target, 4 / 3), textSize },
    takes: (path) => placeOf(files, path) !== undefined,
    async onString(path, characters) {
      const place = placeOf(files, path);
      if (place !== undefined) refuseBeyond(place.at);
      return place && files.receiveBase64(place.at, place.column, characters);
    },
  });
}

/** A multipart body's parts in their order; files are in storage by then. Parts for no file column are skipped. */
export async function readFormFiles(
  target: BodyTarget,
  files: FileInput,
  request: Request,
): Promise<readonly (readonly [string, unknown])[]> {
  const size = textLimit(target);
  const parts: [string, unknown][] = [];
  // Whatever of a body is not fields and framing is files; one of unknown length shows itself while it is read.
  if (hasFileColumns(target.api))
    await files.expect(Number(request.headers.get('content-length') ?? 0) - size - FRAMING);
  await readMultipart(request, {
    limits: { bodySize: bodyLimit(target, 1), fieldSize: size, fieldsSize: size },
    onField: (name, value) => void parts.push([name, value]),
    async onFile(name, file) {
      const column = files.columnOf(name);
      if (column !== undefined) parts.push([name, await files.receive(0, column, file)]);
    },
  });
  return parts;
}

/** 400 for the record at this place of a bulk create, when there may not be as many. */
export function refuseBeyond(at: number): void {
  if (at >= MAX_RECORDS) throw new TrailBaseError(400, `Bulk creation exceeds limit: ${MAX_RECORDS}`);
}

/** The record of a body and its column that a string is the `data` of. */
function placeOf(
  files: FileInput,
  path: JsonPath,
): { readonly at: number; readonly column: ApiColumn } | undefined {
  if (path.at(-1) !== 'data') return undefined;
  const [first] = path;
  const at = typeof first === 'number' ? first : 0;
  const [name, index, ...more] = path.slice(typeof first === 'number' ? 1 : 0, -1);
  const column = files.columnOf(name);
  if (column === undefined || more.length > 0) return undefined;
  const fits = column.kind === 'files' ? typeof index === 'number' : index === undefined;
  return fits ? { at, column } : undefined;
}

/** Bytes of the whole body; `spelled` is how many characters a byte of a file takes. */
function bodyLimit({ core, options, api }: BodyTarget, spelled: number): number {
  return options.maxBodySize + core.bodyLimits(api.collection).fields * spelled;
}

/** Whether a body may bring files. */
export function hasFileColumns(api: Api): boolean {
  let found = withFiles.get(api);
  if (found === undefined) {
    found = api.columns.some(({ kind }) => kind === 'file' || kind === 'files');
    withFiles.set(api, found);
  }
  return found;
}

const withFiles = new WeakMap<Api, boolean>();
