import type { ApiAlias, TrailbaseOptions } from '../api-options.ts';

/**
 * Ids of the fields that record APIs exclude and none of them shows. They are hidden in the collection itself, as its rules let
 * the same callers in by every dialect, and the others know of no excluded columns.
 */
export function withheldColumns({ expose, excluded = [], apis = [] }: TrailbaseOptions): ReadonlySet<string> {
  const shown: readonly Pick<ApiAlias, 'columns' | 'excluded'>[] = [
    ...(expose === false ? [] : [{ excluded }]),
    ...apis,
  ];
  const shows = ({ columns, excluded: not = [] }: Pick<ApiAlias, 'columns' | 'excluded'>, id: string) =>
    !not.includes(id) && (columns === undefined || Object.values(columns).includes(id));
  const named = [...excluded, ...apis.flatMap((alias) => alias.excluded ?? [])];
  return new Set(named.filter((id) => !shown.some((api) => shows(api, id))));
}
