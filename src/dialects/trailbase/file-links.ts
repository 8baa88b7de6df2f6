import type { FileLink, LinkedFile, SnippetPlace } from '../dialect.ts';
import { apiOf } from './api.ts';
import { idText } from './ids.ts';

/** The address of a file under the first API that shows its record (specs/trailbase.md 10). */
export function trailbaseFileLinks(
  { collection, field, record, name }: LinkedFile,
  { origin, core }: Pick<SnippetPlace, 'origin' | 'core'>,
): readonly FileLink[] {
  const api = apiOf(core, collection);
  const column = api?.shown.find((one) => one.field.id === field.id);
  if (api === undefined || (column?.kind !== 'file' && column?.kind !== 'files')) return [];
  // Superusers do not sign in to TrailBase: what only they may see, nobody sees here.
  const { view } = collection.rules;
  if (view === null) return [];
  const parts = [api.name, idText(collection.idKind, record), 'files', column.name, name];
  return [
    {
      variant: '',
      address: `${origin}/api/records/v1/${parts.map(encodeURIComponent).join('/')}`,
      access: view === '' ? 'anybody' : 'account',
    },
  ];
}
