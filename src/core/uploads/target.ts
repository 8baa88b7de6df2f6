import { parseLossless, stringifyJson } from '../../lib/lossless-json.ts';
import type { Actor } from '../actor.ts';
import type { Collection, Schema } from '../collections/collection.ts';
import { AppError, invalid, notFound } from '../errors.ts';
import type { Field } from '../fields/field.ts';
import { fieldType } from '../fields/index.ts';
import { fileOptions, maxFileSizeOf } from '../files/file-options.ts';
import type { Intake } from '../files/files.ts';
import type { RecordInput } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import type { UploadTarget } from './uploads.ts';

/** A target that is there. */
export interface Place {
  readonly collection: Collection;
  readonly field: Field;
  readonly record: string | undefined;
  readonly data: RecordInput;
}

/** Where a target is stored. */
interface StoredTarget {
  readonly collection: string;
  readonly field: string;
  readonly record?: string;
  readonly data?: RecordInput;
}

/** Looks targets up and asks what may be asked of them before the bytes. */
export interface Targets {
  /**
   * Throws `not_found` reason `collection`, `invalid` reason `bad_target` when the field takes no files from the actor, or
   * `invalid` with an issue `not_resumable` at a password: a target waits in the database as it was sent. To who may not write
   * there at all, what `admit` throws.
   */
  resolve(actor: Actor, target: UploadTarget): Promise<Place>;
  /** As text for the session's row: ids, so that nothing else takes the place by taking the name. */
  write(place: Place): string;
  /** The place of a stored text; as `resolve` when it is gone. Undefined for a partial upload without one. */
  read(actor: Actor, text: string): Place | undefined;
  /** Names of a stored text, '' for what is gone, and its record. It asks nothing of anybody. */
  describe(text: string): {
    readonly collection: string;
    readonly field: string;
    readonly target: string | undefined;
  };
  /** Asks rule, existence, count, limits and quota for a file of so many bytes; the intake is the caller's to discard. */
  admit(actor: Actor, place: Place, size: number): Promise<Intake>;
  /** Refuses who may write no file anywhere: `forbidden` reason `no_target`. Returns the most bytes of any file they may write. */
  requireAny(actor: Actor): number;
}

/** What {@link createTargets} needs. */
export interface TargetsOptions {
  readonly schema: () => Schema;
  readonly records: Records;
  /** Bytes of one file, whatever its field would allow. */
  readonly maxFileSize: number;
}

/** Makes {@link Targets}. */
export function createTargets({ schema, records, maxFileSize }: TargetsOptions): Targets {
  function placeOf(actor: Actor, found: StoredTarget): Place {
    const collection = schema().find(found.collection);
    if (collection === undefined) throw notFound('collection');
    const field = collection.fields.find(({ id, name }) => id === found.field || name === found.field);
    if (field === undefined || !takesFiles(actor, field)) {
      throw new AppError('invalid', { reason: 'bad_target' });
    }
    return { collection, field, record: found.record, data: found.data ?? {} };
  }

  async function refuseFull(place: Place): Promise<void> {
    const { collection, field, record } = place;
    const { maxSelect } = fileOptions(field);
    if (record === undefined || maxSelect === 1) return;
    const names = (await records.findStored(collection, record))?.[field.name];
    if (!Array.isArray(names) || names.length < maxSelect) return;
    throw invalid({ path: field.name, code: 'too_many_files', params: { max: maxSelect } });
  }

  return {
    async resolve(actor, target) {
      try {
        const place = placeOf(actor, target);
        refuseSecrets(place);
        return place;
      } catch (error) {
        const collection = schema().find(target.collection);
        if (collection) await (await records.admit(actor, collection, target.record)).discard();
        throw error;
      }
    },
    write: ({ collection, field, record, data }) =>
      stringifyJson({ collection: collection.id, field: field.id, record, data } satisfies StoredTarget) ??
      '',
    read(actor, text) {
      const stored = text === '' ? undefined : parseStored(text);
      return stored && placeOf(actor, stored);
    },
    describe(text) {
      const stored = parseStored(text);
      const collection = schema().find(stored.collection);
      const field = collection?.fields.find(({ id }) => id === stored.field);
      return { collection: collection?.name ?? '', field: field?.name ?? '', target: stored.record };
    },
    async admit(actor, place, size) {
      const { collection, field, record } = place;
      const intake = await records.admit(actor, collection, record, size);
      try {
        const most = maxFileSizeOf(field, maxFileSize);
        if (size > most) throw tooLarge(most);
        await refuseFull(place);
        return intake;
      } catch (error) {
        await intake.discard();
        throw error;
      }
    },
    requireAny(actor) {
      let most = 0;
      for (const { type, rules, fields } of schema().collections) {
        if (type === 'view' || !(mayPass(actor, rules.create) || mayPass(actor, rules.update))) continue;
        for (const field of fields)
          if (takesFiles(actor, field)) most = Math.max(most, maxFileSizeOf(field, maxFileSize));
      }
      if (most === 0) throw new AppError('forbidden', { reason: 'no_target' });
      return Math.min(most, maxFileSize);
    },
  };
}

/** `too_large` reason `upload_size`; params `{ max }`, the most bytes that would do, where that is one number. */
export function tooLarge(max?: number): AppError {
  return new AppError('too_large', { reason: 'upload_size', params: max === undefined ? {} : { max } });
}

function takesFiles(actor: Actor, field: Field): boolean {
  return fieldType(field).holdsFiles === true && (!field.hidden || actor.kind === 'superuser');
}

/**
 * Whether a rule that cannot be asked yet may say yes. One that speaks of the caller's account is no rule for guests here: one
 * that lets them in all the same is asked when they name their target.
 */
function mayPass(actor: Actor, rule: string | null): boolean {
  if (actor.kind === 'superuser') return true;
  return rule !== null && (actor.kind !== 'guest' || !rule.includes('@request.auth'));
}

/** Keys of an account's input that are no fields. */
const SECRETS = ['passwordConfirm', 'oldPassword'];

function refuseSecrets({ collection, data }: Place): void {
  const secret = collection.fields.filter((field) => fieldType(field).readable === false);
  const names = new Set([...SECRETS, ...secret.map(({ name }) => name)]);
  for (const key of Object.keys(data)) {
    // As a modifier too (`name+`): what it does is not asked here.
    const path = key.replace(/^\+|[+-]$/g, '');
    const isSecret = names.has(path) && (collection.type === 'auth' || !SECRETS.includes(path));
    if (isSecret) throw invalid({ path, code: 'not_resumable' });
  }
}

function parseStored(text: string): StoredTarget {
  const parsed: unknown = parseLossless(text);
  if (typeof parsed !== 'object' || parsed === null) throw new AppError('internal', { reason: 'bad_target' });
  const { collection, field, record, data }: Partial<Record<string, unknown>> = { ...parsed };
  if (typeof collection !== 'string' || typeof field !== 'string') {
    throw new AppError('internal', { reason: 'bad_target' });
  }
  return {
    collection,
    field,
    ...(typeof record === 'string' ? { record } : {}),
    ...(typeof data === 'object' && data !== null ? { data: { ...data } } : {}),
  };
}
