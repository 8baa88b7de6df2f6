import type { Actor, Collection, Core, PreferenceValues } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import { csrfField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { fileFields } from '../records/grid-state.ts';
import { collectionPath } from '../records/paths.ts';
import type { Overview } from './data.ts';

/** The preference of those who have seen enough of the steps. */
export const HIDDEN_STEPS = 'steps.hidden';

/** A thing to do at first. */
interface Step {
  readonly name: 'collection' | 'files' | 'rule' | 'connect' | 'backup';
  readonly path: string;
  readonly isDone: boolean;
}

/** Whether the steps are shown to who has these preferences. */
export function wantsSteps(preferences: PreferenceValues): boolean {
  return preferences.get(HIDDEN_STEPS) !== true;
}

const WEEK_MS = 7 * 86_400_000;

/** Whether an app has asked for something within a week, as far as the log goes back; false where there is none. */
export async function hasBeenAsked({ logs, clock }: Core, actor: Actor): Promise<boolean> {
  const asked = await logs
    .list(actor, { kind: 'request', path: '/api/', from: clock.now() - WEEK_MS }, { limit: 1 })
    .catch(() => undefined);
  return (asked?.items.length ?? 0) > 0;
}

/** What to do first, with what is done ticked off; undefined when all of it is. */
export function firstSteps(visit: Visit, data: Overview): Html | undefined {
  const { overview } = visit.texts;
  const steps = stepsOf(data);
  if (!data.showsSteps || steps.every(({ isDone }) => isDone)) return undefined;
  const isNew = steps.every(({ isDone }) => !isDone);
  const next = steps.find(({ isDone }) => !isDone);
  return html`<section class="card" aria-labelledby="start-title"><h2 id="start-title">${overview.startTitle}</h2>
    <p>${isNew ? overview.startBody : overview.startMore}</p>
    <ol class="first-steps">${steps.map((step) => {
      const { name, path, isDone } = step;
      const { title, body } = overview.steps[name];
      return html`
      <li${isDone && html` class="done"`}><a href="${path}"${step === next && html` class="button primary"`}>${title}</a>${
        isDone ? html` <span class="badge">${overview.stepDone}</span>` : html`<span>${body}</span>`
      }</li>`;
    })}
    </ol>
    <form action="/_/overview/steps/hiding" method="post">${csrfField(visit)}<div class="buttons"><button type="submit">${overview.hideSteps}</button></div></form>
  </section>`;
}

function stepsOf({ collections, stored, backup, isAsked }: Overview): readonly Step[] {
  const own = collections.filter(({ type }) => type === 'base');
  const [first] = own;
  const withFiles = own.find((one) => fileFields(one).length > 0);
  const path = (page: string, one: Collection | undefined) =>
    one === undefined ? '/_/collections/new' : `${collectionPath(one.name)}${page}`;
  return [
    { name: 'collection', path: '/_/collections/new', isDone: own.length > 0 },
    {
      name: 'files',
      // Without a field for files there is none to drop them on.
      path: withFiles === undefined ? path('/definition', first) : path('/upload', withFiles),
      isDone: stored.files > 0,
    },
    { name: 'rule', path: path('/rules', first), isDone: own.some(hasRule) },
    { name: 'connect', path: path('/connect', first ?? collections[0]), isDone: isAsked },
    { name: 'backup', path: '/_/operations/backups', isDone: backup !== undefined },
  ];
}

/** Somebody but superusers may do something. */
function hasRule({ rules }: Collection): boolean {
  return Object.values(rules).some((rule) => rule !== null);
}
