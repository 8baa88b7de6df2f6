import type { FileFacts, Intake } from '../../core/index.ts';
import type { ApiColumn } from './api.ts';
import { slicesOf } from './base64-stream.ts';
import type { Source } from './codec.ts';
import { INVALID_PARAMETERS, TrailBaseError } from './errors.ts';
import { wireFile } from './files.ts';

/** A file that was received. */
export type Uploaded = Awaited<ReturnType<Intake['receive']>>;

/** A file of a body before its member was read: its name may come after its bytes. */
export class Received {
  constructor(readonly upload: Uploaded) {}
}

/** What a member may need of the record that it is for. */
export interface MemberContext {
  store(characters: Iterable<Uint8Array>): Promise<Received>;
  rename(upload: Uploaded, to: Parameters<Intake['rename']>[1]): Promise<Uploaded>;
  /** The files that the column holds now. */
  held(): Promise<readonly FileFacts[]>;
}

/** One file of a value: a new one, or the name of one that stays. */
type Item = Uploaded | string;

/** What comes with new bytes; `name` is what a form would call them, and means nothing. */
const NEW_MEMBERS: ReadonlySet<string> = new Set(['filename', 'content_type', 'data', 'name']);

/**
 * The value of a file column as the core takes it; undefined for what a form sends that nobody filled in. null clears; a list
 * is for columns of several files alone. 400 `Invalid Parameters` for anything that is no file.
 */
export async function fileMember(
  column: ApiColumn,
  value: unknown,
  source: Source,
  context: MemberContext,
): Promise<Item | readonly Item[] | undefined> {
  const parts = source === 'form' ? formParts(value) : [parsed(value)];
  if (parts.length === 0) return undefined;
  const isList = column.kind === 'files';
  // A form has no lists: there, parts of the same name are one.
  const members = source === 'form' || isList ? parts.flatMap(elements) : parts;
  if (isList && source === 'json' && parts.some((part) => part !== null && !Array.isArray(part)))
    throw refused();
  const items: Item[] = [];
  for (const member of members) if (member !== null) items.push(await itemOf(member, context));
  if (isList) return items;
  if (items.length > 1) throw refused();
  return items[0] ?? '';
}

async function itemOf(member: unknown, context: MemberContext): Promise<Item> {
  if (member instanceof Received) return member.upload;
  if (typeof member !== 'object' || member === null || Array.isArray(member)) throw refused();
  const members = new Map<string, unknown>(Object.entries(member).filter(([, value]) => value !== null));
  return members.has('data') ? newFile(members, context) : keptFile(members, context);
}

async function newFile(members: ReadonlyMap<string, unknown>, context: MemberContext): Promise<Uploaded> {
  for (const name of members.keys()) if (!NEW_MEMBERS.has(name)) throw refused();
  const filename = textOf(members, 'filename') ?? '';
  const declaredType = textOf(members, 'content_type');
  textOf(members, 'name');
  const data = members.get('data');
  const received = typeof data === 'string' ? await context.store(slicesOf(data)) : data;
  if (!(received instanceof Received)) throw refused();
  return context.rename(received.upload, { filename, declaredType });
}

/**
 * A file that stays is told by the metadata that a read gave, or by a part of it that names the file. Whatever else is there
 * must be what the file has: nobody may tell a record otherwise, or name the file of another (SECURITY-REQUIREMENTS 3.7).
 */
async function keptFile(members: ReadonlyMap<string, unknown>, { held }: MemberContext): Promise<string> {
  if (!members.has('filename') && !members.has('objectstore_id')) throw refused();
  const kept = (await held()).find((facts) => {
    const known = new Map<string, unknown>(Object.entries(wireFile(facts)));
    return [...members].every(([name, value]) => known.has(name) && known.get(name) === value);
  });
  if (kept === undefined) throw refused();
  return kept.name;
}

/** The parts of a form by that name; empty texts are inputs that nobody filled in. */
function formParts(value: unknown): readonly unknown[] {
  const parts = Array.isArray(value) ? value : [value];
  return parts.filter((part) => part !== '').map(parsed);
}

/** Text holds JSON, as in every column of JSON. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value);
  } catch {
    throw refused();
  }
}

function elements(part: unknown): readonly unknown[] {
  return Array.isArray(part) ? part : [part];
}

function textOf(members: ReadonlyMap<string, unknown>, name: string): string | undefined {
  const value = members.get(name);
  if (value !== undefined && typeof value !== 'string') throw refused();
  return value;
}

function refused(): TrailBaseError {
  return new TrailBaseError(400, INVALID_PARAMETERS);
}
