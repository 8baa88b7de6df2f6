import {
  type Actor,
  AppError,
  type Core,
  type FileFacts,
  type Intake,
  type RecordInput,
} from '../../core/index.ts';
import type { DialectOptions } from '../dialect.ts';
import { type Api, type ApiColumn, mayWrite } from './api.ts';
import { decodeBase64 } from './base64-stream.ts';
import type { Source, WireValues } from './codec.ts';
import { TOO_LONG, TrailBaseError } from './errors.ts';
import { fileMember, Received } from './file-member.ts';

/** What a body may be and whose it is. */
export interface BodyTarget {
  readonly core: Core;
  readonly options: DialectOptions;
  readonly actor: Actor;
  readonly api: Api;
  /** The record that changes; undefined for new ones. */
  readonly id: string | undefined;
}

/** The file columns of one record as the core takes them, by name of the field, and the place where new files were put. */
export interface FileValues {
  readonly values: RecordInput;
  readonly intake: Intake | undefined;
}

/**
 * The files of one body, which may have several records (specs/trailbase.md 10). Who may write no record of the API puts no
 * byte into storage: the core is asked when the first file comes (`Records.admit`).
 */
export interface FileInput {
  /** The file column of that name that the caller may write; the bytes of any other are skipped. */
  columnOf(name: unknown): ApiColumn | undefined;
  /** Stores the bytes of a file of the record at that place of the body. 413 when there are too many. */
  receive(at: number, column: ApiColumn, file: Parameters<Intake['receive']>[1]): Promise<Received>;
  /** The same for base64. */
  receiveBase64(
    at: number,
    column: ApiColumn,
    characters: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  ): Promise<Received>;
  /** Asks whether the record may be written at all, before a multipart body of so many bytes of files is read. */
  expect(bytes: number): Promise<void>;
  /** The file columns among a record's members. 400 `Invalid Parameters` for what names no file of this record. */
  take(values: WireValues, source: Source, at?: number): Promise<FileValues>;
  /** Gives up what was received. Called when the body is refused; otherwise the core settles it. */
  discard(): Promise<void>;
}

/** Makes the {@link FileInput} of a request. */
export function createFileInput({ core, actor, api, id }: BodyTarget): FileInput {
  const { collection } = api;
  const intakes = new Map<number, Promise<Intake>>();
  let described: Promise<readonly FileFacts[]> | undefined;

  function intakeOf(at: number, bytes?: number): Promise<Intake> {
    let intake = intakes.get(at);
    if (intake === undefined) {
      intake = core.records.admit(actor, collection, id, bytes);
      intakes.set(at, intake);
    }
    return intake;
  }

  /** The files that the record has. Its update rule was asked before. */
  async function held(at: number): Promise<readonly FileFacts[]> {
    if (id === undefined) return [];
    await intakeOf(at);
    described ??= core.files.describe(collection, [id]).then((files) => files.get(id) ?? []);
    return described;
  }

  const input: FileInput = {
    columnOf(name) {
      const column = typeof name === 'string' ? api.byName.get(name) : undefined;
      if (column?.kind !== 'file' && column?.kind !== 'files') return undefined;
      return mayWrite(actor, column) ? column : undefined;
    },
    async receive(at, column, file) {
      const intake = await intakeOf(at);
      try {
        return new Received(await intake.receive(column.field, file));
      } catch (error) {
        throw isTooLarge(error) ? new TrailBaseError(413, TOO_LONG) : error;
      }
    },
    receiveBase64: (at, column, characters) =>
      input.receive(at, column, { filename: '', stream: decodeBase64(characters) }),
    async expect(bytes) {
      await intakeOf(0, Math.max(0, bytes));
    },
    async take(values, source, at = 0) {
      const taken: Record<string, unknown> = Object.create(null);
      for (const name of Object.keys(values)) {
        const column = input.columnOf(name);
        if (column === undefined) continue;
        const value = await fileMember(column, values[name], source, {
          store: (characters) => input.receiveBase64(at, column, characters),
          rename: async (upload, to) => (await intakeOf(at)).rename(upload, to),
          held: async () => (await held(at)).filter(({ fieldId }) => fieldId === column.field.id),
        });
        if (value !== undefined) taken[column.field.name] = value;
      }
      return { values: taken, intake: await intakes.get(at) };
    },
    async discard() {
      const settled = await Promise.allSettled(intakes.values());
      for (const each of settled) if (each.status === 'fulfilled') await each.value.discard();
    },
  };
  return input;
}

function isTooLarge(error: unknown): boolean {
  return error instanceof AppError && error.issues.some(({ code }) => code === 'file_size_limit');
}
