import { FAILPOINTS } from '../../lib/build-flags.ts';
import { failpoint } from '../../lib/failpoints.ts';
import { cleanOriginalName, storedName } from '../../lib/file-name.ts';
import { imageSize } from '../../lib/image-size.ts';
import { cleanMediaType } from '../../lib/media-type.ts';
import { createSniffer, type Sniffer } from '../../lib/sniff.ts';
import type { Collection } from '../collections/collection.ts';
import { AppError, invalid } from '../errors.ts';
import type { Field } from '../fields/field.ts';
import type { Database, Tx } from '../ports/database.ts';
import { type Ids, LOWER_ALPHANUMERIC } from '../ports/ids.ts';
import type { PutResult, Storage } from '../ports/storage.ts';
import type { Doomer } from './doom.ts';
import { fileOptions, isAllowedType, maxFileSizeOf } from './file-options.ts';
import type { IncomingFile, Intake, Placement, StagedContent } from './files.ts';
import { type Quota, quotaExceeded, type Usage } from './quota.ts';
import type { FileStatements } from './statements.ts';
import { type ReceivedContent, UploadedFile } from './stored-file.ts';

/** What {@link createIntake} works with; shared by all intakes of the process. */
export interface IntakeContext {
  readonly db: Database;
  readonly statements: FileStatements;
  /** Where new objects go. */
  readonly storage: Storage;
  readonly ids: Ids;
  readonly now: () => number;
  /** Bytes of one file, whatever its field would allow. */
  readonly maxFileSize: number;
  readonly epoch: string;
  readonly doomer: Doomer;
  readonly quota: Quota;
}

/** Whose uploads they are, and the record that may give up files for them. */
export interface IntakeTarget {
  /** See `ownerOf`. */
  readonly owner: string;
  readonly collectionId: string;
  /** Undefined: a new record. */
  readonly recordId: string | undefined;
}

/** Makes the place for one request's uploads (DESIGN.md 5, steps 2 to 4). */
export function createIntake(context: IntakeContext, target: IntakeTarget): Intake {
  const { db, statements, storage, ids, epoch, doomer, quota } = context;
  /** Rows of the catalogue that may still be pending, with the upload once it is complete. */
  const reserved = new Map<string, UploadedFile | undefined>();
  const running = new Set<Promise<unknown>>();
  const received = new Map<string, number>();
  const ended = new AbortController();
  let before: Usage | undefined;

  /** A few too many get the record's own answer; a thousand are not written to be thrown away. */
  function refuseSurplus(field: Field): void {
    const count = (received.get(field.id) ?? 0) + 1;
    received.set(field.id, count);
    const max = fileOptions(field).maxSelect;
    if (count > max + SURPLUS) throw invalid({ path: field.name, code: 'too_many_files', params: { max } });
  }

  /** Bytes that this request may still bring: what is free, less what it brought. */
  async function room(): Promise<number> {
    if (!quota.limited) return Number.MAX_SAFE_INTEGER;
    const { owner, collectionId, recordId } = target;
    const free =
      recordId === undefined
        ? await quota.room(owner)
        : await quota.roomInstead(owner, collectionId, recordId);
    let brought = 0;
    for (const upload of reserved.values()) brought += upload?.size ?? 0;
    return free - brought;
  }

  async function receive(field: Field, file: IncomingFile): Promise<UploadedFile> {
    refuseSurplus(field);
    const free = await room();
    if (free <= 0) throw quotaExceeded();
    const id = ids.objectId();
    try {
      await reserve(id);
      const upload = await write(id, field, file, free);
      reserved.set(id, upload);
      return upload;
    } catch (error) {
      reserved.delete(id);
      await doomer.doom([id]);
      throw error;
    }
  }

  async function reserve(id: string): Promise<void> {
    reserved.set(id, undefined);
    if (FAILPOINTS) failpoint('reserve.before');
    const row = { id, backend: storage.name, key: id, epoch, now: context.now() };
    await db.write((tx) => tx.run(statements.reserve, row));
    if (FAILPOINTS) failpoint('reserve.after');
  }

  async function write(id: string, field: Field, file: IncomingFile, free: number): Promise<UploadedFile> {
    const { mimeTypes } = fileOptions(field);
    const maxSize = maxFileSizeOf(field, context.maxFileSize);
    const originalName = cleanOriginalName(file.filename);
    const { stored, sniffer } = await take(id, file, Math.min(maxSize, free)).catch((error: unknown) => {
      if (!(error instanceof AppError) || error.code !== 'too_large' || error.reason !== 'max_size')
        throw error;
      if (free < maxSize) throw quotaExceeded();
      const params = { name: originalName, max: maxSize };
      throw invalid({ path: field.name, code: 'file_size_limit', params });
    });
    const sniffed = await sniffer.result();
    if (!isAllowedType(sniffed.type, mimeTypes)) {
      const params = { name: originalName, types: mimeTypes };
      throw invalid({ path: field.name, code: 'invalid_mime_type', params });
    }
    const { width, height } = (sniffed.type.startsWith('image/') && imageSize(sniffer.head())) || noSize;
    const { size, sha256 } = stored;
    return named(file, { objectId: id, size, type: sniffed.type, ext: sniffed.ext, sha256, width, height });
  }

  /** An upload under the names that its client gave. */
  function named(
    { filename, declaredType = '', publicName }: Naming,
    content: ReceivedContent,
  ): UploadedFile {
    const { objectId, size, type, ext, sha256, width, height } = content;
    return new UploadedFile({
      ...{ objectId, size, type, ext, sha256, width, height },
      name: keptName(publicName) ?? storedName(filename, ext, () => ids.random(10, LOWER_ALPHANUMERIC)),
      originalName: cleanOriginalName(filename),
      declaredType: cleanMediaType(declaredType),
    });
  }

  /** Makes the file an object: by taking it over where it lies as a file already, else by writing its bytes. */
  async function take(key: string, file: IncomingFile, maxSize: number): Promise<Taken> {
    const adopted = file.staged && (await adopt(key, file.staged, maxSize));
    if (adopted) return adopted;
    const sniffer = createSniffer();
    return { stored: await put(key, file, sniffer, maxSize), sniffer };
  }

  async function adopt(key: string, staged: StagedContent, maxSize: number): Promise<Taken | undefined> {
    if (storage.adopt === undefined) return undefined;
    if (staged.size > maxSize) throw new AppError('too_large', { reason: 'max_size' });
    const { sha256, sniffer } = await staged.examine();
    const path = await staged.link();
    if (path === undefined) return undefined;
    try {
      if (!(await storage.adopt(key, path))) return undefined;
    } finally {
      await staged.unlink(path);
    }
    if (FAILPOINTS) failpoint('stage.adopted');
    return { stored: { size: staged.size, sha256 }, sniffer };
  }

  function put(key: string, file: IncomingFile, sniffer: Sniffer, maxSize: number): Promise<PutResult> {
    return storage.put(key, file.stream, {
      maxSize,
      onChunk: (chunk) => sniffer.push(chunk),
      signal: ended.signal,
      journal: async (upload) => {
        await db.write((tx) => tx.run(statements.journal, { id: key, upload }));
        if (FAILPOINTS) failpoint('upload.journalled');
      },
    });
  }

  async function attachOne(tx: Tx, upload: UploadedFile, place: Place): Promise<void> {
    if (reserved.get(upload.objectId) !== upload)
      throw new AppError('internal', { reason: 'foreign_upload' });
    const { changes } = await tx.run(statements.attach, {
      id: upload.objectId,
      epoch,
      size: upload.size,
      sha256: upload.sha256,
      type: upload.type,
      width: upload.width,
      height: upload.height,
      originalName: upload.originalName,
      declaredType: upload.declaredType,
      owner: target.owner,
      ...place,
      now: tx.now,
    });
    if (changes !== 1) throw new AppError('internal', { reason: 'upload_not_pending' });
  }

  return {
    async receive(field, file) {
      if (ended.signal.aborted) throw new AppError('internal', { reason: 'intake_ended' });
      const work = receive(field, file);
      running.add(work);
      try {
        return await work;
      } finally {
        running.delete(work);
      }
    },
    rename(upload, to) {
      const { objectId } = upload;
      if (reserved.get(objectId) !== upload) throw new AppError('internal', { reason: 'foreign_upload' });
      const renamed = named(to, upload);
      reserved.set(objectId, renamed);
      return renamed;
    },
    async expect(bytes) {
      if (bytes > (await room())) throw quotaExceeded();
    },
    async weigh(tx) {
      before = await quota.usage(tx, target.owner);
    },
    async attach(tx: Tx, collection: Collection, recordId: string, placements: readonly Placement[]) {
      if (FAILPOINTS) failpoint('attach.before');
      before ??= await quota.usage(tx, target.owner);
      const attached: string[] = [];
      for (const { fieldId, names, uploads } of placements) {
        const uploadsByName = new Map(uploads.map((upload) => [upload.name, upload]));
        for (const [position, name] of names.entries()) {
          const place = { collection: collection.id, record: recordId, field: fieldId, name, position };
          const upload = uploadsByName.get(name);
          if (upload === undefined) await tx.run(statements.reposition, place);
          else await attachOne(tx, upload, place);
          if (upload !== undefined) attached.push(upload.objectId);
          uploadsByName.delete(name);
        }
        if (uploadsByName.size > 0) throw new AppError('internal', { reason: 'upload_without_place' });
      }
      // Behind every other write of the queue, so that no two requests can count the same room.
      if (quota.limited) quota.require(before, await quota.usage(tx, target.owner));
      if (FAILPOINTS) failpoint('attach.after');
      tx.afterCommit(() => {
        for (const id of attached) reserved.delete(id);
        if (FAILPOINTS) failpoint('reply.before');
      });
    },
    async discard() {
      ended.abort(new AppError('invalid', { reason: 'upload_aborted' }));
      // An object must not appear after its row was given up.
      await Promise.allSettled(running);
      const left = [...reserved.keys()];
      reserved.clear();
      await doomer.doom(left);
    },
  };
}

/** Files beyond a field's number that one request may bring before it is refused at once. */
const SURPLUS = 10;

type Naming = Pick<IncomingFile, 'filename' | 'declaredType' | 'publicName'>;

const PUBLIC_NAME = /^[\p{L}\p{N}_-][\p{L}\p{N}_.-]{0,199}$/u;

/** A name that may stand in an address as it is; undefined for any other. */
function keptName(name: string | undefined): string | undefined {
  return name !== undefined && PUBLIC_NAME.test(name) ? name : undefined;
}

const noSize = { width: 0, height: 0 };

/** Bytes that are an object now. */
interface Taken {
  readonly stored: PutResult;
  /** Saw their beginning. */
  readonly sniffer: Sniffer;
}

interface Place {
  readonly collection: string;
  readonly record: string;
  readonly field: string;
  readonly name: string;
  readonly position: number;
  readonly [column: string]: string | number;
}
