import type { Console } from '../../console.ts';
import { keptColumns } from '../../kept-columns.ts';
import { seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import { choosableFields, gridPath, KEPT_ROWS, PAGE_SIZES, readGridState } from './grid-state.ts';

/** Keeps the columns that were chosen for a collection, or forgets them, and leads back to the same grid. */
export async function keepColumns(
  console: Console,
  visit: Visit,
  name: string,
  form: Form,
): Promise<Response> {
  const collection = console.core.collections.get(name);
  const chosen = new Set(form.has('usual') ? [] : form.all('column'));
  const fields = choosableFields(collection).filter((field) => chosen.has(field.name));
  const path = gridPath(collection, readGridState(collection, sentState(form), visit.preferences));
  await console.core.preferences.save(visit.actor, keptColumns(collection, fields));
  return seeOther(visit, path);
}

/** Keeps how many rows the pages of all grids have, and leads back to the first of them. */
export async function keepRows(console: Console, visit: Visit, name: string, form: Form): Promise<Response> {
  const collection = console.core.collections.get(name);
  const rows = PAGE_SIZES.find((size) => String(size) === form.get('rows'));
  const kept = new Map([[KEPT_ROWS, rows]]);
  const query = sentState(form);
  for (const column of form.all('column')) query.append('column', column);
  await console.core.preferences.save(visit.actor, { [KEPT_ROWS]: rows ?? null });
  return seeOther(visit, gridPath(collection, readGridState(collection, query, kept)));
}

function sentState(form: Form): URLSearchParams {
  return new URLSearchParams({
    ...{ filter: form.get('filter'), sort: form.get('sort'), rows: form.get('rows') },
  });
}
