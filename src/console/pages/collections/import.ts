import {
  AppError,
  type CollectionInput,
  type CollectionReview,
  type SchemaReview,
} from '../../../core/index.ts';
import { isDeeper } from '../../../http/body.ts';
import { parseLossless } from '../../../lib/lossless-json.ts';
import type { Console } from '../../console.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { isConfirmed } from '../../parts/confirm-dialog.ts';
import { csrfField } from '../../parts/form.ts';
import { seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import { agreementView } from './agreement.ts';
import { changedSettings, factsOf } from './changed-settings.ts';
import { brokenView, changesView } from './changes-view.ts';
import { placedIssueText } from './issue-texts.ts';
import { isLossy, type Losses, lossesOf } from './losses.ts';
import { newCollectionView } from './new-view.ts';

/** Shows what definitions do, and with the mark of what was shown, does it. */
export async function importDefinitions(
  { core, page }: Console,
  visit: Visit,
  form: Form,
): Promise<Response> {
  const json = form.get('json');
  const deleteMissing = form.get('deleteMissing') === '1';
  const again = (message: string, status = 422) => {
    const values = new Map(Object.entries({ json, deleteMissing: deleteMissing ? '1' : '' }));
    const view = newCollectionView(visit, { way: 'json', values, messages: new Map([['json', message]]) });
    return page(visit, { ...view, status });
  };
  const inputs = readDefinitions(json, visit);
  if (typeof inputs === 'string') return again(inputs);
  try {
    const mark = form.get('mark');
    if (mark !== '' && form.get('do') === 'edit') {
      const values = new Map(Object.entries({ json, deleteMissing: deleteMissing ? '1' : '' }));
      return page(visit, newCollectionView(visit, { way: 'json', values, messages: new Map() }));
    }
    const review = await core.collections.planAll(visit.actor, inputs, { deleteMissing });
    const losses = new Map<string, Losses>();
    for (const { before, steps } of review.changes) {
      if (before !== undefined) losses.set(before.id, await lossesOf(core, visit, before, steps));
    }
    const typed = nameToType(review, losses, visit);
    const isMeant = typed === undefined || isConfirmed(form, typed);
    if (mark !== '' && isMeant && (await isApplied()))
      return seeOther(visit, '/_/collections', { note: 'definitionSaved' });
    const isOutdated = mark !== '' && mark !== review.mark;
    const isWrong = mark !== '' && !isOutdated && !isMeant;
    return page(
      visit,
      reviewView(visit, { review, losses, typed, json, deleteMissing, isOutdated, isWrong }),
    );
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.reason === 'referenced') return again(visit.texts.definition.referenced(byOf(error)), 409);
    if (error.code !== 'invalid') throw error;
    return again(error.issues.map((issue) => placedIssueText(issue, visit.texts)).join(' '));
  }

  /** False: what would happen now is not what was agreed to. */
  async function isApplied(): Promise<boolean> {
    if (typeof inputs === 'string') return false;
    try {
      await core.collections.applyAll(visit.actor, inputs, { deleteMissing, mark: form.get('mark') });
      return true;
    } catch (error) {
      if (error instanceof AppError && error.reason === 'review_outdated') return false;
      throw error;
    }
  }
}

/** The names of those that stand in the way. */
export function byOf({ params }: AppError): string {
  return Array.isArray(params.by) ? params.by.join(', ') : String(params.by ?? '');
}

/** Levels of JSON, as anywhere else. */
const DEEPEST = 64;

/** The definitions, or what is wrong with the text. */
function readDefinitions(json: string, { texts }: Visit): readonly CollectionInput[] | string {
  const { newCollection, definitionIssues } = texts;
  if (json.trim() === '') return definitionIssues.codes.required;
  if (isDeeper(json, DEEPEST)) return newCollection.tooDeep;
  let parsed: unknown;
  try {
    parsed = parseLossless(json);
  } catch (error) {
    return newCollection.notJson(error instanceof Error ? error.message : '');
  }
  const list: readonly unknown[] = Array.isArray(parsed) ? parsed : [parsed];
  const inputs = list.filter(isInput);
  return inputs.length === list.length && inputs.length > 0 ? inputs : newCollection.notDefinitions;
}

function isInput(value: unknown): value is CollectionInput {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is typed before definitions are taken: the name of what loses data, or how many do. */
function nameToType(
  { changes }: SchemaReview,
  losses: ReadonlyMap<string, Losses>,
  { texts }: Visit,
): string | undefined {
  const names = changes.flatMap(({ before }) => {
    const lost = before && losses.get(before.id);
    return lost !== undefined && isLossy(lost) ? [before?.name ?? ''] : [];
  });
  return names.length > 1 ? texts.definition.severalNames(names.length) : names[0];
}

interface ShownReview {
  readonly review: SchemaReview;
  /** By the ids of collections that are there. */
  readonly losses: ReadonlyMap<string, Losses>;
  readonly typed: string | undefined;
  readonly json: string;
  readonly deleteMissing: boolean;
  readonly isOutdated: boolean;
  readonly isWrong: boolean;
}

function reviewView(visit: Visit, shown: ShownReview): PageView {
  const { collections, newCollection, definition } = visit.texts;
  const { review, typed, isWrong } = shown;
  const changed = review.changes.filter(({ kind }) => kind !== 'same');
  return {
    title: definition.reviewImport,
    section: 'collections',
    crumbs: [
      { text: collections.title, path: '/_/collections' },
      { text: newCollection.title, path: '/_/collections/new?from=json' },
    ],
    status: shown.isOutdated ? 409 : isWrong ? 422 : 200,
    body: html`
      ${shown.isOutdated && html`<p role="alert" class="notice error">${definition.outdated}</p>`}
      ${changed.length === 0 && html`<p>${definition.nothing}</p>`}
      ${changed.map((change) => changeCard(visit, change, shown.losses))}
      ${brokenView(visit, review.broken)}
      <form action="/_/collections/new/json" method="post">
        ${csrfField(visit)}
        <input type="hidden" name="json" value="${shown.json}">
        ${shown.deleteMissing && html`<input type="hidden" name="deleteMissing" value="1">`}
        <input type="hidden" name="mark" value="${review.mark}">
        ${agreementView(visit, { typed, isWrong }, changed.length > 0)}
      </form>`,
  };
}

function changeCard(
  visit: Visit,
  { kind, before, after, steps }: CollectionReview,
  losses: ReadonlyMap<string, Losses>,
): Html {
  const { definition } = visit.texts;
  const settings =
    before !== undefined && after !== undefined
      ? changedSettings(factsOf(before), factsOf(after), visit.texts)
      : [];
  return html`<section class="card wide">
    <h2>${after?.name ?? before?.name} <span class="badge">${definition.kinds[kind]}</span></h2>
    ${changesView(visit, {
      ...{ steps, settings, before: before?.fields ?? [], after: after?.fields ?? [] },
      losses: losses.get(before?.id ?? '') ?? new Map(),
    })}
  </section>`;
}
