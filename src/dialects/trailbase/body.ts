import { MAX_NAMES, readForm, readJson } from '../../http/body.ts';
import { readMultipart } from '../../http/multipart.ts';
import { bareMediaType } from '../../lib/media-type.ts';
import { TrailBaseError } from './errors.ts';

/** The three formats that most POSTs take (specs/trailbase.md 1). */
export type BodyKind = 'json' | 'form' | 'multipart';

/** Members of a body by name. No name reaches a prototype. */
export type Values = Readonly<Record<string, unknown>>;

/** A body without files, and the format it came in: that of the answer follows it. */
export interface ReadBody {
  readonly kind: BodyKind;
  readonly values: Values;
}

/** No body without files is longer (SECURITY-REQUIREMENTS 2.3). */
const LIMIT = 2_000_000;

/** The format of a request's body; 400 for any that is none of the three, and for none at all. */
export function bodyKind(request: Request): BodyKind {
  const type = mediaType(request);
  if (type === 'application/json') return 'json';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  if (type === 'multipart/form-data') return 'multipart';
  throw new TrailBaseError(400, 'invalid content type');
}

/**
 * A body of any of the three formats as one object. 400 for one that cannot be read, is no object, names a form field twice
 * or brings a file.
 */
export async function readBody(request: Request): Promise<ReadBody> {
  const kind = bodyKind(request);
  switch (kind) {
    case 'json':
      return { kind, values: asObject(await readJson(request, { size: LIMIT }), 400) };
    case 'form':
      return { kind, values: formValues(await readForm(request, { size: LIMIT })) };
    case 'multipart': {
      const pairs: [string, string][] = [];
      await readMultipart(request, {
        limits: { bodySize: LIMIT },
        onField: (name, value) => void pairs.push([name, value]),
        onFile: () => Promise.reject(malformed()),
      });
      return { kind, values: formValues(pairs) };
    }
  }
}

/** A body that must be JSON: 415 for another type, 400 for bad syntax, 422 for anything but an object. */
export async function readJsonObject(request: Request): Promise<Values> {
  if (mediaType(request) !== 'application/json') throw new TrailBaseError(415);
  const value = await readJson(request, { size: LIMIT });
  if (value === undefined) throw malformed();
  return asObject(value, 422);
}

/** The parameters of a query, each once; 400 for one that is given twice. */
export function queryValues(request: Request): Values {
  return formValues([...new URL(request.url).searchParams]);
}

/** The media type of a body without its parameters, lower case; '' for none. */
export function mediaType({ headers }: Request): string {
  return bareMediaType(headers.get('content-type') ?? '');
}

function formValues(pairs: readonly (readonly [string, string])[]): Values {
  const values: Record<string, unknown> = Object.create(null);
  for (const [name, value] of pairs) {
    if (Object.hasOwn(values, name)) throw malformed();
    values[name] = value;
  }
  return values;
}

function asObject(value: unknown, status: number): Values {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TrailBaseError(status);
  const entries = Object.entries(value);
  if (entries.length > MAX_NAMES) throw new TrailBaseError(status);
  // A copy without a prototype: what was not sent must not be found in `Object.prototype`.
  const values: Record<string, unknown> = Object.create(null);
  for (const [name, member] of entries) values[name] = member;
  return values;
}

function malformed(): TrailBaseError {
  return new TrailBaseError(400, 'invalid body');
}
