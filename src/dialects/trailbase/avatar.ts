import {
  type AccountRef,
  type Actor,
  AppError,
  type Collection,
  type Core,
  type Field,
} from '../../core/index.ts';
import { contentDisposition } from '../../http/disposition.ts';
import { download } from '../../http/download.ts';
import { type MultipartLimits, readMultipart } from '../../http/multipart.ts';
import { TrailBaseError } from './errors.ts';
import { readIdText } from './ids.ts';
import { COMMON_HEADERS } from './respond.ts';

/** The field that holds the pictures of accounts, and its collection; 404 where accounts have none. */
interface Gallery {
  readonly collection: Collection;
  readonly field: Field;
}

/** What a browser may show in place, by the content of a file. */
const PICTURES: ReadonlySet<string> = new Set(['image/png', 'image/jpeg', 'image/webp']);

/**
 * The picture of an account of `users`, for everybody who may see the file (specs/trailbase.md 10): 400 for what cannot be an
 * id; 404 for an account that does not exist, has no picture, or one of another kind than PNG, JPEG or WebP.
 */
export async function showAvatar(
  core: Core,
  actor: Actor,
  request: Request,
  user: string | null,
): Promise<Response> {
  const { collection, field } = galleryOf(core, core.collections.schema.byName('users'));
  // Elysia gives null for a part of a path whose escapes are no UTF-8, whatever its types say.
  const id = user === null ? undefined : readIdText(collection.idKind, user);
  if (id === undefined) throw new TrailBaseError(400, 'Invalid user id');
  const stored = (await core.files.describe(collection, [id])).get(id);
  const name = stored?.find(({ fieldId }) => fieldId === field.id)?.name;
  if (name === undefined) throw new TrailBaseError(404);
  const { file } = await core.files.find(actor, collection, id, name);
  if (!PICTURES.has(file.type)) throw new TrailBaseError(404);
  return download(request, {
    disposition: contentDisposition('inline', file.name),
    type: file.type,
    size: file.size,
    etag: `"${file.sha256}"`,
    modified: file.created,
    // The address stays when the picture changes.
    cache: 'protected' in field && field.protected === true ? 'private, no-cache' : 'no-cache',
    headers: COMMON_HEADERS,
    read: (range) => core.files.read(file, range).catch(notThere),
  });
}

/** Replaces the account's own picture by the one part `file` of a multipart body; 400 for any other body or picture. */
export async function replaceAvatar(
  core: Core,
  actor: Actor,
  { collection: own, record }: AccountRef,
  request: Request,
  limits: MultipartLimits,
): Promise<void> {
  const { collection, field } = galleryOf(core, own);
  const id = String(record.id);
  const intake = await core.records.admit(actor, collection, id);
  const uploads: Awaited<ReturnType<typeof intake.receive>>[] = [];
  try {
    await readMultipart(request, {
      limits,
      onField: refuse,
      onFile: async (name, file) => {
        if (name !== 'file' || uploads.length > 0) refuse();
        uploads.push(await intake.receive(field, file));
      },
    });
    const [upload] = uploads;
    if (upload === undefined || !PICTURES.has(upload.type)) refuse();
    await core.records.update(actor, collection, id, { [field.name]: [upload] }, { intake });
  } finally {
    await intake.discard();
  }
}

/** Takes the account's own picture away, if it has one. */
export async function removeAvatar(
  core: Core,
  actor: Actor,
  { collection, record }: AccountRef,
): Promise<void> {
  const { field } = galleryOf(core, collection);
  await core.records.update(actor, collection, String(record.id), { [field.name]: null });
}

function galleryOf(core: Core, collection: Collection | undefined): Gallery {
  const field = collection?.fields.find(({ name }) => name === 'avatar');
  if (collection === undefined || field === undefined || !core.holdsFiles(field))
    throw new TrailBaseError(404);
  return { collection, field };
}

function refuse(): never {
  throw new TrailBaseError(400, 'expected one picture as `file`');
}

/** An object that the storage has lost was logged by the core; for the client it is not there. */
function notThere(error: unknown): never {
  throw error instanceof AppError && error.reason === 'missing_object' ? new TrailBaseError(404) : error;
}
