import { Elysia } from 'elysia';
import { AppError, type Collection, type Issue } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { isConfirmed } from '../../parts/confirm-dialog.ts';
import { type Messages, noMessages } from '../../parts/form.ts';
import { seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import { collectionPath } from '../records/paths.ts';
import { authGroups, authInputName } from './auth-settings.ts';
import { definitionReview } from './definition-review.ts';
import { definitionView, type ShownDefinition } from './definition-view.ts';
import {
  type Draft,
  type DraftInput,
  draftOf,
  inputName,
  inputOf,
  readDraft,
  withCopy,
  withMoved,
  withNewField,
} from './draft.ts';
import { byOf } from './import.ts';
import { withBuiltIndex } from './index-builder.ts';
import { issueText, placedIssueText } from './issue-texts.ts';
import { isLossy, lossesOf } from './losses.ts';
import { renamedRules } from './renamed-rules.ts';
import { totalsOf } from './totals.ts';

/** The definition of a collection: edited in steps, looked at, and applied; and the end of its records or of itself. */
export const definitionPages = (console: Console) =>
  new Elysia({ name: 'console.definition' })
    .get('/collections/:name/definition', ({ params, request }) =>
      console.show(request, async (visit) => {
        const collection = console.core.collections.get(String(params.name));
        return definitionView(visit, await shownOf(console, visit, collection));
      }),
    )
    .post(
      '/collections/:name/definition',
      ({ params, request }) =>
        console.act(request, (visit, form) => changeDefinition(console, visit, String(params.name), form)),
      { parse: 'none' },
    )
    .post(
      '/collections/:name/truncation',
      ({ params, request }) =>
        console.act(request, (visit, form) => end(console, visit, form, String(params.name), 'truncation')),
      { parse: 'none' },
    )
    .post(
      '/collections/:name/deletion',
      ({ params, request }) =>
        console.act(request, (visit, form) => end(console, visit, form, String(params.name), 'deletion')),
      { parse: 'none' },
    );

/** What the page shows; the draft is what is stored, unless it is given. */
async function shownOf(
  { core }: Console,
  visit: Visit,
  collection: Collection,
  more: Partial<ShownDefinition> = {},
): Promise<ShownDefinition> {
  const revision = core.collections.revision(visit.actor, collection.id);
  const targets = core.collections.schema.collections
    .filter(({ type }) => type !== 'view')
    .toSorted((a, b) => Number(a.system) - Number(b.system) || a.name.localeCompare(b.name));
  const records = await contentOf({ core }, visit, collection);
  return {
    collection,
    targets,
    records,
    referrers: core.collections.referrers(visit.actor, collection.id),
    draft: draftOf(collection, revision),
    messages: noMessages,
    ...more,
  };
}

/** The records and files of a collection, counted. */
async function contentOf(
  { core }: Pick<Console, 'core'>,
  visit: Visit,
  collection: Collection,
): Promise<string> {
  const { step, holds } = visit.texts.definition;
  const { format } = visit;
  const total = (await totalsOf(core, visit.actor, [collection])).get(collection.id);
  const { files, bytes } = await core.files.amount(visit.actor, { collection: collection.id });
  const records = total === undefined ? step.manyRecords : step.records(total, format.number(total));
  return holds(records, step.files(files, format.number(files), format.bytes(bytes)));
}

/** The button of the form says what is wanted: another field, another place for one, a look at the change, or the change. */
async function changeDefinition(console: Console, visit: Visit, name: string, form: Form): Promise<Response> {
  const collection = console.core.collections.get(name);
  const draft = readDraft(form);
  const again = async (more: Partial<ShownDefinition>) =>
    console.page(visit, definitionView(visit, await shownOf(console, visit, collection, { draft, ...more })));
  const [wanted = '', key = ''] = form.get('do').split(':');
  switch (wanted) {
    case 'add': {
      const more = withNewField(draft, form.get('newType'));
      return again({ draft: more, first: more.fields.at(-1)?.key });
    }
    case 'copy': {
      const more = withCopy(draft, key);
      const added = more.fields[1 + more.fields.findIndex((field) => field.key === key)];
      return again({ draft: more, first: added?.key });
    }
    case 'buildIndex':
      return again({ draft: withBuiltIndex(draft, form, collection.name) });
    case 'up':
      return again({ draft: withMoved(draft, key, -1) });
    case 'down':
      return again({ draft: withMoved(draft, key, 1) });
    case 'addIndex':
    case 'edit':
      return again({});
    default:
      return reviewOrApply(console, visit, collection, draft, wanted === 'apply' ? form : undefined);
  }
}

async function reviewOrApply(
  console: Console,
  visit: Visit,
  collection: Collection,
  draft: Draft,
  agreed: Form | undefined,
): Promise<Response> {
  const { collections } = console.core;
  const input = inputOf(draft, collection);
  const again = async (messages: Messages) =>
    console.page(
      visit,
      definitionView(visit, await shownOf(console, visit, collection, { draft, messages })),
    );
  if (input.problems.size > 0) {
    const { codes } = visit.texts.definitionIssues;
    return again(new Map([...input.problems].map(([name, code]) => [name, codes[code]])));
  }
  const { name, fields, indexes, auth } = input;
  const change = { ...auth, ...renamedRules(collection, draft), name, fields, indexes };
  try {
    const { after, steps, broken } = await collections.preview(visit.actor, collection.id, change);
    const losses = await lossesOf(console.core, visit, collection, steps);
    const isMeant = agreed !== undefined && (!isLossy(losses) || isConfirmed(agreed, collection.name));
    if (isMeant && (await isApplied())) {
      return seeOther(visit, `${collectionPath(name)}/definition`, { note: 'definitionSaved' });
    }
    const revision = collections.revision(visit.actor, collection.id);
    const isMeanwhile = revision !== draft.revision;
    const isWrong = agreed !== undefined && !isMeant && agreed.has('confirm');
    const shown = { collection, after, steps, losses, broken, isWrong, isMeanwhile };
    return console.page(visit, definitionReview(visit, { ...shown, draft: { ...draft, revision } }));
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    return again(messagesOf(error.issues, input, visit));
  }

  /** False: somebody else changed the collection since the change was looked at. */
  async function isApplied(): Promise<boolean> {
    try {
      await collections.update(visit.actor, collection.id, change, { ifUnchanged: draft.revision });
      return true;
    } catch (error) {
      if (error instanceof AppError && error.reason === 'changed_meanwhile') return false;
      throw error;
    }
  }
}

const authPaths: ReadonlySet<string> = new Set(
  authGroups.flatMap(({ settings }) => settings.map(({ path }) => path)),
);

/** Messages at the inputs that they are about; the rest stands above the form. */
function messagesOf(issues: readonly Issue[], { keys }: DraftInput, { texts }: Visit): Messages {
  const messages = new Map<string, string>();
  for (const issue of issues) {
    const [place = '', position = '', option = 'name'] = issue.path.split('.');
    const key = keys[Number(position)] ?? '';
    let input = '';
    if (place === 'name') input = 'name';
    else if (authPaths.has(issue.path)) input = authInputName(issue.path);
    else if (place === 'indexes' && position !== '') input = `index.${position}`;
    else if (place === 'fields' && key !== '')
      input = inputName(key, option === 'id' || option === 'type' ? 'name' : option);
    if (messages.has(input)) continue;
    messages.set(input, input === '' ? placedIssueText(issue, texts) : issueText(issue, texts));
  }
  return messages;
}

/** Deletes the records of a collection, or all of it, once its name is typed. */
async function end(
  console: Console,
  visit: Visit,
  form: Form,
  name: string,
  what: 'truncation' | 'deletion',
): Promise<Response> {
  const { collections } = console.core;
  const collection = collections.get(name);
  // The links of the page lead back to where it is shown, not to where the form went.
  const page = { ...visit, url: new URL(`${collectionPath(collection.name)}/definition`, visit.url) };
  const again = async (more: Partial<ShownDefinition>) =>
    console.page(visit, definitionView(page, await shownOf(console, visit, collection, more)));
  if (!isConfirmed(form, collection.name)) return again({ wrong: what });
  const { definition } = visit.texts;
  try {
    if (what === 'truncation') {
      await collections.truncate(visit.actor, collection.id);
      return seeOther(visit, `${collectionPath(collection.name)}/definition`, { note: 'collectionEmptied' });
    }
    await collections.delete(visit.actor, collection.id);
    return seeOther(visit, '/_/collections', { note: 'collectionDeleted' });
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.reason === 'referenced')
      return again({ messages: new Map([['', definition.referenced(byOf(error))]]) });
    if (error.reason === 'required_reference')
      return again({ messages: new Map([['', definition.requiredReference]]) });
    throw error;
  }
}
