import type { BrokenRule, ChangeStep, Collection } from '../../../core/index.ts';
import { html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { csrfField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { collectionPath } from '../records/paths.ts';
import { agreementView } from './agreement.ts';
import { changedSettings, factsOf } from './changed-settings.ts';
import { brokenView, changesView } from './changes-view.ts';
import { definitionAction, definitionCrumbs } from './definition-view.ts';
import { type Draft, draftInputs } from './draft.ts';
import { isLossy, type Losses } from './losses.ts';
import { collectionTabs } from './tabs.ts';

/** A change to look at before it is made. */
export interface ShownReview {
  readonly collection: Collection;
  /** With the revision that the change is shown for. */
  readonly draft: Draft;
  /** What becomes of it. */
  readonly after: Collection;
  readonly steps: readonly ChangeStep[];
  readonly losses: Losses;
  readonly broken: readonly BrokenRule[];
  /** Another name was typed than that of the collection. */
  readonly isWrong: boolean;
  /** Somebody else changed the collection since the draft was opened. */
  readonly isMeanwhile: boolean;
}

/** What a change does, with a button that makes it. */
export function definitionReview(visit: Visit, review: ShownReview): PageView {
  const { collection, draft, steps, losses, isWrong } = review;
  const { definition } = visit.texts;
  const settings = changedSettings(factsOf(collection), factsOf(review.after), visit.texts);
  const isChange = settings.length > 0 || steps.some(({ kind }) => kind !== 'save_definition');
  return {
    title: definition.reviewTitle(collection.name),
    section: 'collections',
    crumbs: [
      ...(definitionCrumbs(visit) ?? []),
      { text: collection.name, path: collectionPath(collection.name) },
    ],
    tabs: collectionTabs(visit.texts, collection, 'definition'),
    status: review.isMeanwhile ? 409 : isWrong ? 422 : 200,
    body: html`
      ${review.isMeanwhile && html`<p role="alert" class="notice error">${definition.meanwhile}</p>`}
      <section class="card wide"><h2>${collection.name}</h2>${changesView(visit, {
        ...{ steps, settings, losses, before: collection.fields },
        after: review.after.fields,
      })}</section>
      ${brokenView(visit, review.broken)}
      <form action="${definitionAction(collection)}" method="post">
        ${csrfField(visit)}
        ${draftInputs(draft).map(([input, value]) => html`<input type="hidden" name="${input}" value="${value}">`)}
        ${agreementView(visit, { typed: isLossy(losses) ? collection.name : undefined, isWrong }, isChange)}
        <p><a href="${collectionPath(collection.name)}/definition">${definition.discard}</a></p>
      </form>`,
  };
}
