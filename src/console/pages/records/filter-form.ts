import { type Collection, FilterError, parseFilter } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { type Html, html } from '../../html.ts';
import type { Visit } from '../../visit.ts';
import { faultMessage } from '../rules/fault.ts';
import { rulesPath } from '../rules/paths.ts';
import { BUILDER_SWAP, builderPlace, filterPath } from './filter-place.ts';
import { type GridState, gridPath } from './grid-state.ts';
import { hiddenState } from './hidden-state.ts';
import { collectionPath } from './paths.ts';
import { savedFilters } from './saved-filters.ts';

/**
 * The expression that the records shown are asked for, with suggestions and what is wrong while it is typed; `problem` says why the
 * one that was sent cannot be. Beside it, the builder and the saved ones.
 */
export function filterForm(
  visit: Visit,
  collection: Collection,
  state: GridState,
  problem: string | undefined,
): Html {
  const { records, filters } = visit.texts;
  const path = collectionPath(collection.name);
  const builder = filterPath(collection, { ...state, filter: '' });
  return html`<form class="toolbar grow" action="${path}" method="get" role="search" hx-get="${path}">
    ${hiddenState({ ...state, filter: '' })}
    <div class="field grow">
      <label for="filter">${records.filter}</label>
      <suggest-text src="${rulesPath(collection.name, '/suggestions')}" label="${filters.suggestions}" faults="filter-fault">
        <input id="filter" name="filter" type="search" class="mono" value="${state.filter}" autocomplete="off"
          autocapitalize="off" spellcheck="false" maxlength="3500" aria-describedby="filter-hint filter-fault"${
            problem !== undefined && html` aria-invalid="true"`
          } hx-get="${path}/filter/problem" hx-trigger="input changed delay:300ms" hx-target="#filter-fault" hx-swap="innerHTML"
          hx-push-url="false">
      </suggest-text>
      <div id="filter-fault" class="fault" aria-live="polite">${
        problem !== undefined && html`<span class="error" role="alert">${problem}</span>`
      }</div>
      <span id="filter-hint" class="hint">${records.filterHint}</span>
    </div>
    <div class="buttons"><button type="submit">${records.apply}</button>${
      state.filter !== '' &&
      html`<a class="button" href="${gridPath(collection, state, { filter: '', page: 1 })}">${records.reset}</a>`
    }<a id="build-filter" class="button" href="${filterPath(collection, state)}" hx-get="${builder}" hx-include="#filter"
      hx-target="#filter-builder" hx-swap="${BUILDER_SWAP}" hx-push-url="false">${filters.build}</a></div>
  </form>${savedFilters(visit, collection, state)}${builderPlace()}`;
}

/** What is wrong with a filter that is being typed, with its place; nothing where nothing is. */
export function filterFault({ core }: Console, visit: Visit, { id }: Collection, typed: string): Html {
  const text = typed.trim();
  if (text === '') return html``;
  const problem = limitProblem(text) ?? core.rules.check(visit.actor, id, text);
  return html`${problem && faultMessage(visit, { kind: 'text', ...problem }, text)}`;
}

/** A filter may be less than a rule. */
function limitProblem(text: string) {
  try {
    parseFilter(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    const { message, position: at } = error;
    // Of a mistake, the check tells more.
    return message.startsWith('more than') ? { message, at, length: 0 } : undefined;
  }
}
