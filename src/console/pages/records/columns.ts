import type { Console } from '../../console.ts';
import { keptColumns } from '../../kept-columns.ts';
import { seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import { choosableFields, gridPath, readGridState } from './grid-state.ts';

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
  const query = new URLSearchParams({ filter: form.get('filter'), sort: form.get('sort') });
  const path = gridPath(collection, readGridState(collection, query));
  await console.core.preferences.save(visit.actor, keptColumns(collection, fields));
  return seeOther(visit, path);
}
