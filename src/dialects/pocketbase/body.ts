import type { Actor, Collection, Core, Field, Intake, RecordInput } from '../../core/index.ts';
import { BodyError, MAX_NAMES, parseJson, readForm, readJson } from '../../http/body.ts';
import { type IncomingFile, MultipartError, readMultipart } from '../../http/multipart.ts';
import type { DialectOptions } from '../dialect.ts';
import { failingWith, WireError, wireData } from './errors.ts';

/** The input of a record's create or update, and the place where its files were put, if any came. */
export interface ReadInput {
  readonly input: RecordInput;
  readonly intake: Intake | undefined;
}

/** Bodies that bring no record (SECURITY-REQUIREMENTS 2.3). */
const JSON_LIMIT = 2_000_000;
/** What boundaries and headers of parts may take of a body. */
const FRAMING = 1_000_000;
const PAYLOAD_KEY = '@jsonPayload';

type Values = Record<string, unknown>;

/** Any body as an object: JSON, form or multipart without files. Empty binds nothing; other types are refused. */
export async function readObject(request: Request): Promise<Values> {
  return translated(async () => {
    switch (bodyKind(request)) {
      case 'none':
        return {};
      case 'json':
        return asObject(await readJson(request, { size: JSON_LIMIT }));
      case 'form':
        return formValues(await readForm(request, { size: JSON_LIMIT }));
      case 'multipart': {
        const form = new FormCollector();
        await readMultipart(request, {
          limits: { bodySize: JSON_LIMIT },
          onField: (name, value) => form.add(name, value),
          onFile: async () => {},
        });
        return form.values();
      }
    }
  });
}

/**
 * The body of a record's create or update (specs/pocketbase.md 1.4, 6). A multipart body is streamed: what can be refused
 * is refused before its first byte is read (`Records.admit`), and files go to storage as they arrive. When reading fails,
 * what arrived is discarded; afterwards the records core settles it.
 */
export async function readRecordInput(
  core: Core,
  options: DialectOptions,
  actor: Actor,
  collection: Collection,
  id: string | undefined,
  request: Request,
): Promise<ReadInput> {
  const kind = bodyKind(request);
  if (kind === 'multipart') return readUploads(core, options, actor, collection, id, request);
  if (kind === 'none') return { input: {}, intake: undefined };
  const size = core.bodyLimits(collection).text;
  try {
    const input =
      kind === 'json'
        ? asObject(await readJson(request, { size, lossless: true }))
        : formValues(await readForm(request, { size }));
    return { input, intake: undefined };
  } catch (error) {
    throw bodyFault(error);
  }
}

async function readUploads(
  core: Core,
  options: DialectOptions,
  actor: Actor,
  collection: Collection,
  id: string | undefined,
  request: Request,
): Promise<ReadInput> {
  const { text, fields } = core.bodyLimits(collection);
  // Whatever of a body is not fields and framing is files; one of unknown length shows itself while it is read.
  const files = Number(request.headers.get('content-length') ?? 0) - text - FRAMING;
  const intake = await core.records.admit(actor, collection, id, files);
  const form = new FormCollector();
  const reading = translated(() =>
    readMultipart(request, {
      limits: {
        bodySize: options.maxBodySize + fields,
        fieldSize: text,
        fieldsSize: text,
      },
      onField: (name, value) => form.add(name, value),
      onFile: async (name, file) => {
        const field = fileField(core, actor, collection, name);
        if (field !== undefined) form.addFile(name, await intake.receive(field, file));
      },
    }),
  );
  try {
    await failingWith(`Failed to ${id === undefined ? 'create' : 'update'} record.`, reading);
    return { input: form.values(), intake };
  } catch (error) {
    await intake.discard();
    throw error;
  }
}

/**
 * The first file of that name in a multipart body of any size, as it arrives; the rest is skipped. Without one it is `required`.
 */
export async function readOneFile(
  request: Request,
  wanted: string,
  onFile: (file: IncomingFile) => Promise<void>,
): Promise<void> {
  let found = false;
  await translated(async () => {
    if (bodyKind(request) !== 'multipart') return;
    await readMultipart(request, {
      limits: { bodySize: Number.MAX_SAFE_INTEGER, fieldsSize: JSON_LIMIT },
      onField: () => {},
      async onFile(name, file) {
        if (name !== wanted || found) return;
        found = true;
        await onFile(file);
      },
    });
  });
  if (!found) throw new WireError(400, undefined, wireData([{ path: wanted, code: 'required' }]));
}

type BodyKind = 'none' | 'json' | 'form' | 'multipart';

function bodyKind(request: Request): BodyKind {
  if (!hasBody(request)) return 'none';
  const declared = request.headers.get('content-type') ?? '';
  if (declared === 'application/json') return 'json';
  const type = declared.split(';', 1)[0]?.trim().toLowerCase();
  if (type === 'application/json') return 'json';
  if (type === 'multipart/form-data') return 'multipart';
  if (type === 'application/x-www-form-urlencoded') return 'form';
  throw new WireError(400);
}

/** Looking at `body` makes a stream of it, which costs more than reading it whole; so the headers are asked first. */
function hasBody(request: Request): boolean {
  const length = request.headers.get('content-length');
  return length === null ? request.body !== null : length !== '0';
}

/** Faults of a body in this dialect's statuses. */
async function translated<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw bodyFault(error);
  }
}

/** A fault of a body in this dialect's statuses; any other as it is. */
function bodyFault(error: unknown): unknown {
  const isFault = error instanceof BodyError || error instanceof MultipartError;
  return isFault ? new WireError(STATUS[error.kind] ?? 400) : error;
}

/** Every other fault of a body is 400. */
const STATUS: Readonly<Record<string, number>> = { too_large: 413, too_slow: 408 };

function asObject(value: unknown): Values {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) throw new WireError(400);
  if (Object.keys(value).length > MAX_NAMES) throw new WireError(400);
  return value as Values;
}

/** The file field that a part's name means, modifiers aside; undefined for anything else, whose bytes are skipped. */
function fileField(core: Core, actor: Actor, collection: Collection, key: string): Field | undefined {
  const name = key.replace(/^\+/, '').replace(/[+]$/, '');
  const field = collection.fields.find((each) => each.name === name);
  if (field === undefined || !core.holdsFiles(field)) return undefined;
  return field.hidden && actor.kind !== 'superuser' ? undefined : field;
}

function formValues(pairs: readonly (readonly [string, string])[]): Values {
  const form = new FormCollector();
  for (const [name, value] of pairs) form.add(name, value);
  return form.values();
}

/** Gathers the parts of a form: repeated keys become arrays, `@jsonPayload` objects are merged as they are. */
class FormCollector {
  readonly #entries = new Map<string, unknown[]>();
  readonly #files = new Map<string, unknown[]>();
  #payload: Values = {};

  add(name: string, value: string): void {
    if (name === PAYLOAD_KEY) {
      this.#payload = { ...this.#payload, ...asObject(parseJson(value, undefined, true)) };
      return;
    }
    push(this.#entries, name, inferred(value));
  }

  addFile(name: string, file: unknown): void {
    push(this.#files, name, file);
  }

  /** Plain values, then payload, then files, which are appended to names sent under the same key. */
  values(): Values {
    const values: Values = Object.create(null);
    for (const [name, list] of this.#entries) values[name] = list.length === 1 ? list[0] : list;
    for (const name of Object.keys(this.#payload)) values[name] = this.#payload[name];
    for (const [name, list] of this.#files) values[name] = [...existing(values[name]), ...list];
    return values;
  }
}

function push(map: Map<string, unknown[]>, key: string, value: unknown): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}

/** Names that a body keeps beside its new files; blanks are what an empty form input sends. */
function existing(value: unknown): unknown[] {
  if (value === undefined || value === null || value === '') return [];
  return Array.isArray(value) ? value.filter((each) => each !== '') : [value];
}

/** A form value as the original infers it: booleans, and numbers whose shortest rendering is the text itself. */
function inferred(text: string): unknown {
  if (text === 'true') return true;
  if (text === 'false') return false;
  if (/^[-.\d]+$/.test(text)) {
    const number = Number(text);
    if (String(number) === text) return number;
  }
  return text;
}
