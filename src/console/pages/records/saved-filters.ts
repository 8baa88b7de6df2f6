import { AppError, type Collection, type PreferenceValues } from '../../../core/index.ts';
import { truncateCodePoints } from '../../../lib/text.ts';
import type { Console } from '../../console.ts';
import { type Html, html } from '../../html.ts';
import { csrfField } from '../../parts/form.ts';
import { seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import { type GridState, gridPath, readGridState } from './grid-state.ts';
import { hiddenState } from './hidden-state.ts';
import { collectionPath } from './paths.ts';

/** A filter that an admin keeps for a collection. */
interface SavedFilter {
  readonly name: string;
  readonly filter: string;
}

const LONGEST_NAME = 60;

/** The menu of the filters that an admin keeps for a collection: to apply, to remove, and to save the one that is applied. */
export function savedFilters(visit: Visit, collection: Collection, state: GridState): Html {
  const { filters } = visit.texts;
  const saved = readSaved(visit.preferences, collection);
  return html`<details class="menu">
    <summary class="button">${filters.saved}</summary>
    <form action="${collectionPath(collection.name)}/filters" method="post">
      ${csrfField(visit)}${hiddenState(state)}
      ${
        state.filter === ''
          ? html`<p class="hint">${filters.toSave}</p>`
          : html`<div class="field"><label for="filter-name">${filters.nameIt}</label>
        <input id="filter-name" name="name" maxlength="${LONGEST_NAME}" autocomplete="off" placeholder="${nameFor(state.filter)}"></div>
        <p><button type="submit">${filters.save}</button></p>`
      }
      ${saved.length === 0 && html`<p class="hint">${filters.noneSaved}</p>`}
      ${
        saved.length > 0 &&
        html`<ul class="saved-filters">${saved.map(
          ({ name, filter }) => html`<li><a href="${gridPath(collection, state, { filter, page: 1 })}"${
            filter === state.filter && html` aria-current="true"`
          } title="${filter}">${name}</a>
          <button type="submit" name="remove" value="${name}" aria-label="${filters.removeSaved(name)}">×</button></li>`,
        )}</ul>`
      }
    </form>
  </details>`;
}

/** Keeps the filter of a form under its name, or removes one, and leads back to the grid. */
export async function changeSavedFilters(
  console: Console,
  visit: Visit,
  collection: Collection,
  form: Form,
): Promise<Response> {
  const query = new URLSearchParams(
    ['filter', 'sort', 'rows', 'column'].flatMap((name) =>
      form.all(name).map((value): [string, string] => [name, value]),
    ),
  );
  const state = readGridState(collection, query, visit.preferences);
  const removed = form.get('remove');
  const name = truncateCodePoints(form.get('name').trim(), LONGEST_NAME) || nameFor(state.filter);
  const others = readSaved(visit.preferences, collection).filter((one) => one.name !== (removed || name));
  const saved = removed === '' && state.filter !== '' ? [...others, { name, filter: state.filter }] : others;
  saved.sort((a, b) => a.name.localeCompare(b.name, visit.look.language));
  try {
    const value = saved.length === 0 ? null : saved;
    await console.core.preferences.save(visit.actor, { [keyOf(collection)]: value });
  } catch (error) {
    if (!(error instanceof AppError) || (error.code !== 'invalid' && error.reason !== 'too_many'))
      throw error;
    const { frame, filters } = visit.texts;
    const body = html`<p>${filters.noRoom}</p>`;
    return console.page(visit, { title: frame.refusedTitle, body, status: 422 });
  }
  return seeOther(visit, gridPath(collection, state));
}

function keyOf({ id }: Collection): string {
  return `filters.${id}`;
}

function nameFor(filter: string): string {
  return truncateCodePoints(filter, LONGEST_NAME);
}

function readSaved(preferences: PreferenceValues, collection: Collection): readonly SavedFilter[] {
  const kept = preferences.get(keyOf(collection));
  return Array.isArray(kept) ? kept.filter(isSaved) : [];
}

function isSaved(value: unknown): value is SavedFilter {
  if (typeof value !== 'object' || value === null) return false;
  const { name, filter }: { name?: unknown; filter?: unknown } = value;
  return typeof name === 'string' && typeof filter === 'string';
}
