import { AppError, type Collection } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { noMessages } from '../../parts/form.ts';
import { seeOther } from '../../respond.ts';
import type { Visit } from '../../visit.ts';
import { optionOf } from './control.ts';
import { editableFields } from './controls.ts';
import { inputOf, issueMessages, typedForNothing } from './draft.ts';
import { conflictPage, formAgain, innerFormPage, outerFormPage } from './form-pages.ts';
import { BACK, OUTER, pairsOf, readOuter } from './in-place.ts';
import { recordPath } from './paths.ts';
import { problemsOf } from './problems.ts';
import { isLook, type ReadForm, readRecordForm, withUploads } from './read-form.ts';
import { MAKE } from './relation-control.ts';

/**
 * Writes what a form says of a record, files among it, or gives the form back: with what is wrong, with what was looked for in
 * it, or as the form of another record that is made for a relation and leads back.
 */
export async function saveRecord(
  console: Console,
  visit: Visit,
  collection: Collection,
  id: string | undefined,
): Promise<Response> {
  const { core } = console;
  const { actor, texts } = visit;
  const isNew = id === undefined;
  const intake = await core.records.admit(actor, collection, id);
  try {
    const read = await readRecordForm(console, visit, collection, isNew, intake);
    const { form, sent, uploads, revision, refused } = read;
    const outer = readOuter(form.get(OUTER));
    if (outer && form.has(BACK)) {
      return console.page(visit, await outerFormPage(console, visit, outer, undefined));
    }
    const inner = innerTarget(console, collection, read);
    if (inner !== undefined) {
      const pairs = pairsOf(collection, sent, isNew);
      const waiting = {
        ...{ collection: collection.name, id, revision, pairs },
        ...{ hadFiles: uploads.size > 0, outer: form.get(OUTER) },
      };
      return console.page(
        visit,
        await innerFormPage(console, visit, inner, { ...waiting, field: form.get(MAKE) }),
      );
    }
    if (isLook(form, collection)) {
      return console.page(visit, await formAgain(console, visit, collection, id, read, noMessages, outer));
    }
    const { input, issues } = inputOf(collection, sent, isNew);
    const fields = editableFields(collection, isNew);
    const messages = new Map([...issueMessages(issues, fields, texts), ...refused]);
    const lost = [...typedForNothing(collection, form, isNew)].map(([name, typed]) =>
      texts.records.form.otherField(name, typed),
    );
    if (lost.length > 0) messages.set('', texts.records.form.fieldsChanged(lost.join(' · ')));
    if (messages.size > 0) {
      return console.page(visit, await formAgain(console, visit, collection, id, read, messages, outer));
    }
    try {
      const values = withUploads(input, uploads, collection, sent);
      const saved = isNew
        ? await core.records.create(actor, collection, values, { intake })
        : await core.records.update(actor, collection, id, values, { intake, ifUnchanged: revision });
      const made = String(saved.values.id);
      if (outer) return console.page(visit, await outerFormPage(console, visit, outer, made));
      const note = isNew ? 'recordMade' : 'recordSaved';
      return seeOther(visit, recordPath(collection.name, made), { note });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      if (error.reason === 'changed_meanwhile' && id !== undefined) {
        return console.page(visit, await conflictPage(console, visit, collection, id, read));
      }
      const problems = problemsOf(error, collection, isNew, visit);
      if (problems === undefined) throw error;
      return console.page(visit, await formAgain(console, visit, collection, id, read, problems, outer));
    }
  } finally {
    await intake.discard();
  }
}

/** The collection of which a record is to be made for a relation; undefined where that was not asked for. */
function innerTarget({ core }: Console, { fields }: Collection, { form }: ReadForm): Collection | undefined {
  const field = fields.find(({ name, type }) => type === 'relation' && name === form.get(MAKE));
  return field && core.collections.schema.byId(String(optionOf(field, 'collectionId')));
}
