import { Elysia } from 'elysia';
import { AppError, type Core } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { seeOther } from '../../respond.ts';
import type { Visit } from '../../visit.ts';
import { isPicture } from '../records/file.ts';
import { isLost, readText, viewKind } from './content.ts';
import { DELETIONS_PER_PAGE, deletionsView } from './deletions.ts';
import { type FileData, fileView } from './detail.ts';
import { type FileEntry, type FilesData, filesView } from './list.ts';
import { type FilesState, queryOf, readFilesState } from './state.ts';
import { uploadsView } from './uploads.ts';

/** The files of all collections, each of them, and the queue of those that are to be erased. */
export const filePages = (console: Console) =>
  new Elysia({ name: 'console.files' })
    .get('/files', ({ request }) =>
      console.show(request, async (visit) => {
        const state = readFilesState(visit.url.searchParams);
        return filesView(visit, state, await readFiles(console.core, visit, state));
      }),
    )
    .get('/files/uploads', ({ request }) =>
      console.show(request, async (visit) =>
        uploadsView(visit, await console.core.uploads.open(visit.actor)),
      ),
    )
    .post(
      '/files/uploads/:id/removal',
      ({ params, request }) =>
        console.act(request, async (visit) => {
          await console.core.uploads.remove(visit.actor, String(params.id));
          return seeOther(visit, '/_/files/uploads', { note: 'uploadRemoved' });
        }),
      { parse: 'none' },
    )
    .get('/files/deletions', ({ request }) =>
      console.show(request, async (visit) => {
        const given = Number(visit.url.searchParams.get('after') ?? 0);
        const after = Number.isSafeInteger(given) && given > 0 ? given : 0;
        const deletions = console.core.storages.deletions(visit.actor);
        const queue = await deletions.list({ after, limit: DELETIONS_PER_PAGE });
        const failed = await deletions.list({ abandonedOnly: true, limit: 1 });
        return deletionsView(visit, queue, { isFirst: after === 0, hasFailed: failed.length > 0 });
      }),
    )
    .post(
      '/files/deletions/retries',
      ({ request }) =>
        console.act(request, async (visit) => {
          await console.core.storages.deletions(visit.actor).retryAbandoned();
          return seeOther(visit, '/_/files/deletions', { note: 'deletionsRetried' });
        }),
      { parse: 'none' },
    )
    .get('/files/:collection/:record/:name', ({ params, request }) =>
      console.show(request, async (visit) => {
        // Of what cannot be decoded the router makes null.
        const collection = String(params.collection);
        const [record, name] = [String(params.record), String(params.name)];
        return fileView(visit, await readFile(console, visit, { collection, record, name }));
      }),
    );

async function readFiles(core: Core, { actor }: Visit, state: FilesState): Promise<FilesData> {
  const { schema } = core.collections;
  const fields = schema.find(state.collection)?.fields.filter(core.holdsFiles) ?? [];
  // Another collection was chosen, and the field is still that of the one before.
  const isField = fields.some(({ name }) => name === state.field);
  const list = await core.files.list(actor, queryOf({ ...state, field: isField ? state.field : '' }));
  const { total } = await core.files.usage(actor);
  const storages = await core.storages.list(actor);
  return {
    ...{ list, total },
    fields: fields.map(({ name }) => name),
    collections: schema.collections
      .filter((collection) => collection.fields.some(core.holdsFiles))
      .map(({ name }) => name)
      .toSorted((a, b) => a.localeCompare(b)),
    storages: storages.map(({ name }) => name),
  };
}

async function readFile(
  console: Console,
  visit: Visit,
  { collection: collectionName, record, name }: Record<'collection' | 'record' | 'name', string>,
): Promise<FileData> {
  const { core } = console;
  const siblings = await filesOfRecord(core, visit, collectionName, record);
  const entry = siblings.find((one) => one.name === name);
  if (entry === undefined) throw new AppError('not_found', { reason: 'file' });
  const collection = core.collections.get(entry.collection);
  const { file, field } = await core.files.find(visit.actor, collection, record, name);
  const hasText = ['text', 'drawing'].includes(viewKind(file));
  const text = hasText ? await readText(core, file) : undefined;
  const links = console.fileLinks?.({ collection, field, record, name }, visit.site) ?? [];
  return {
    ...{ collection: collection.name, file, entry, siblings },
    text,
    isLost: hasText ? text === undefined : await isLost(core, file),
    links: links.filter(({ variant }) => variant === '' || isPicture(file.type)),
  };
}

/** All of them, in the order of fields and of places in them. */
async function filesOfRecord(
  core: Core,
  { actor }: Visit,
  collection: string,
  record: string,
): Promise<readonly FileEntry[]> {
  const found: FileEntry[] = [];
  let after: string | undefined;
  do {
    const { items, next } = await core.files.list(actor, { collection, record, limit: 200, after });
    found.push(...items);
    after = next;
  } while (after !== undefined);
  const fields = core.collections.get(collection).fields.map(({ id }) => id);
  const placeOf = ({ fieldId, position }: FileEntry) => [fields.indexOf(fieldId), position] as const;
  return found.toSorted((a, b) => {
    const [[fieldA, atA], [fieldB, atB]] = [placeOf(a), placeOf(b)];
    return fieldA - fieldB || atA - atB;
  });
}
