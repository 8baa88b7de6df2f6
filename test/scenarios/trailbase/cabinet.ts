import { expect } from 'bun:test';
import { countObjects, settledAudit } from '../../support/audit.ts';
import { at, textAt } from '../../support/json.ts';
import { MULTIPART_TYPE, multipart, type Part } from '../../support/multipart.ts';
import { type Answer, send, sendOk, type World } from '../../support/scenarios.ts';

const MEMBER = '@request.auth.id != ""';
const OWN = 'owner = @request.auth.id';
/** The `maxSize` that leaves the limit to the server: 10 MB. */
const SERVER_LIMIT = Number.MAX_SAFE_INTEGER - 1;

const OPEN = { listRule: '', viewRule: '', createRule: '', updateRule: '', deleteRule: '' };

/**
 * A filing cabinet. Papers are everybody's, with a cover and up to five sheets; letters belong to who wrote them, have a scan
 * and pages, and are read by nobody else; stamps are small PNG pictures; drafts are for superusers.
 */
export const CABINET: readonly Readonly<Record<string, unknown>>[] = [
  {
    ...{ name: 'papers', idKind: 'uuid', ...OPEN },
    fields: [{ name: 'title', type: 'string', maxLength: 50 }, file('cover', 1), file('sheets', 5)],
  },
  {
    ...{ name: 'letters', idKind: 'integer', createRule: MEMBER },
    ...{ listRule: OWN, viewRule: OWN, updateRule: OWN, deleteRule: OWN },
    fields: [
      { name: 'subject', type: 'string' },
      { name: 'owner', type: 'relation', collectionId: '_pb_users_auth_', maxSelect: 1 },
      ...[file('scan', 1), file('pages', 3), file('_secret', 1)],
      { ...file('inside', 1), hidden: true },
      { ...file('stolen', 1), id: 'f_stolen' },
    ],
    dialects: { trailbase: { autofillUserIds: true, excluded: ['f_stolen'], schemaAccess: MEMBER } },
  },
  {
    ...{ name: 'stamps', ...OPEN },
    fields: [
      { ...file('picture', 1), maxSize: 2000, mimeTypes: ['image/png'] },
      { ...file('more', 2), maxSize: 2000 },
    ],
  },
  { name: 'drafts', fields: [file('page', 1)], dialects: { trailbase: { schemaAccess: '' } } },
];

function file(name: string, maxSelect: number) {
  return { name, type: 'file', maxSelect, maxSize: SERVER_LIMIT };
}

/** The records of these APIs. */
export const RECORDS = '/api/records/v1';

/** A part with a file. */
export function filePart(
  name: string,
  filename: string | Uint8Array,
  value: string | Uint8Array = '',
  type?: string,
): Part {
  return { name, filename, value: value === '' ? `content of ${filename}` : value, type };
}

/** Sends a form. */
export function sendForm(
  world: World,
  method: string,
  path: string,
  parts: readonly Part[],
  as?: string,
): Promise<Answer> {
  return send(world, {
    method,
    path: RECORDS + path,
    as,
    headers: { 'content-type': MULTIPART_TYPE },
    body: multipart(parts),
  });
}

/** Sends JSON. */
export function sendJson(
  world: World,
  method: string,
  path: string,
  body: unknown,
  as?: string,
): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  // Braces of bodies are not placeholders here.
  return send(world, { method, path: RECORDS + path, as, headers, body: Buffer.from(JSON.stringify(body)) });
}

/** The only id of an answer to a create. */
export function idOf(answer: Answer): string {
  if (answer.status !== 200) throw new Error(`${answer.status} ${answer.text}`);
  return textAt(answer.json, 'ids.0');
}

/** A member of a record, such as `sheets.0.filename`. */
export async function readMember(world: World, path: string, member: string, as?: string): Promise<unknown> {
  return at((await sendOk(world, { path: RECORDS + path, as })).json, member);
}

/** Metadata of a file of a record. */
export interface Metadata {
  readonly original_filename: string;
  readonly filename: string;
  readonly content_type: string;
  readonly mime_type?: string;
  readonly name: string;
  readonly size: number;
  readonly objectstore_id: string;
}

/** The files of a column as a read shows them. */
export async function readFiles(
  world: World,
  path: string,
  column: string,
  as?: string,
): Promise<readonly Metadata[]> {
  const value = await readMember(world, path, column, as);
  const list: readonly unknown[] = Array.isArray(value) ? value : value === null ? [] : [value];
  return list.map(metadata);
}

function metadata(value: unknown): Metadata {
  const text = (name: string) => textAt(value, name);
  const mime = at(value, 'mime_type');
  return {
    ...{ original_filename: text('original_filename'), filename: text('filename'), name: text('name') },
    ...{
      content_type: text('content_type'),
      objectstore_id: text('objectstore_id'),
      size: Number(at(value, 'size')),
    },
    ...(typeof mime === 'string' ? { mime_type: mime } : {}),
  };
}

/** A paper with these sheets, and its path. */
export async function paper(world: World, sheets: readonly string[], cover?: string): Promise<string> {
  const parts = sheets.map((name) => filePart('sheets', name));
  if (cover !== undefined) parts.push(filePart('cover', cover));
  return `/papers/${idOf(await sendForm(world, 'POST', '/papers', [{ name: 'title', value: 'A paper' }, ...parts]))}`;
}

/** Does something after which the disk must hold what it held before. */
export async function keepsNothing<T>(world: World, run: () => Promise<T>): Promise<T> {
  const { dir } = world;
  if (dir === undefined) return run();
  expect(await settledAudit(dir)).toEqual([]);
  const before = countObjects(dir);
  const result = await run();
  expect(await settledAudit(dir)).toEqual([]);
  expect(countObjects(dir)).toBe(before);
  return result;
}
