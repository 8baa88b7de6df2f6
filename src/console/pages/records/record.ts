import type { Collection, Core, FileFacts, RecordView } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import type { Visit } from '../../visit.ts';
import { longCell, nameOf } from './cells.ts';
import { dropZone } from './drop.ts';
import { filesOf, relationsOf } from './grid-data.ts';
import { choosableFields, fileFields, isWritable } from './grid-state.ts';
import { collectionPath, deletionPath, recordPath } from './paths.ts';

/** A record and what is known of its files. */
export interface ShownRecord {
  readonly record: RecordView;
  readonly files: readonly FileFacts[];
}

/** Reads a record for its page. `not_found` where there is none. */
export async function readRecord(
  core: Core,
  { actor }: Visit,
  collection: Collection,
  id: string,
): Promise<ShownRecord> {
  const fields = choosableFields(collection);
  const record = await core.records.view(actor, collection, id, { expand: relationsOf(fields) });
  const files = await filesOf(core, collection, fields, [record]);
  return { record, files: files.get(id) ?? [] };
}

/** The page of a record: every value, whole; `neighbours` leads to those beside it. */
export function recordView(
  visit: Visit,
  collection: Collection,
  { record, files }: ShownRecord,
  neighbours?: Html,
): PageView {
  const { texts } = visit;
  const id = String(record.values.id);
  return {
    title: nameOf(record),
    section: 'collections',
    crumbs: [
      { text: texts.collections.title, path: '/_/collections' },
      { text: collection.name, path: collectionPath(collection.name) },
    ],
    actions: html`${
      isWritable(collection) &&
      html`<a class="button primary" href="${recordPath(collection.name, id)}/edit">${texts.records.form.edit}</a>
      <a class="button" href="${collectionPath(collection.name)}/records/new?${new URLSearchParams({ copy: id }).toString()}">${texts.records.form.duplicate}</a>
      <a class="button danger" href="${deletionPath(collection.name, [id])}">${texts.records.form.delete}…</a>`
    }`,
    body: html`${neighbours}<dl class="facts">
      <div><dt>id</dt><dd><code id="record-id">${id}</code> <copy-button for="record-id" label="${texts.frame.copy}" done="${texts.frame.copied}"></copy-button></dd></div>
      ${choosableFields(collection).map(
        (field) => html`<div>
        <dt>${field.name}</dt>
        <dd>${longCell({ visit, collection, record, field, files, value: record.values[field.name] })}</dd>
      </div>`,
      )}
    </dl>
      ${isWritable(collection) && fileFields(collection).map((field) => dropZone(visit, { collection, field, record: id }))}`,
  };
}
