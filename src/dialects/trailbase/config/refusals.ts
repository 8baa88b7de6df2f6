import type { AppError, Issue } from '../../../core/index.ts';
import { shown } from '../sql/problem.ts';
import type { ReadTable } from '../sql/read-tables.ts';

const WORDS: Readonly<Record<string, string>> = {
  collection_name_exists: 'there is a collection of that name already',
  collection_name_id_duplicate: 'its name is the id of another collection',
  collection_name_invalid: 'its name is taken by an index or by the system',
  found_via: 'a name may not have "_via_" in it',
  not_in_invalid: 'a name is reserved',
  duplicated_index_name: 'two indexes have the same name',
  duplicated_index_definition: 'two indexes are the same',
  existing_index_name: 'the name of an index is taken',
  invalid_index_expression: 'an index cannot be made like this',
  length_out_of_range: 'a name or value is too long',
  length_too_long: 'a name or value is too long',
  json_schema: 'its default does not meet its JSON schema',
};

/** What the core found wrong with a definition, as sentences with the lines of its table and column. Empty for other errors. */
export function refusalSentences(
  { issues, params }: AppError,
  tables: readonly ReadTable[],
): readonly string[] {
  const read = typeof params.index === 'number' ? tables[params.index] : undefined;
  // One rule may stand for two actions.
  return [...new Set(issues.map((issue) => sentence(issue, read ?? tables[0])))];
}

function sentence({ path, code, params }: Issue, read: ReadTable | undefined): string {
  const field = fieldAt(read, path);
  const column = read?.draft.columns.find((each) => each.field !== undefined && each.field.name === field);
  const line = (column ?? read?.draft)?.at.line ?? 1;
  const what =
    column === undefined ? `the table ${shown(read?.draft.name ?? '')}` : `the column ${shown(column.name)}`;
  const why =
    typeof params?.error === 'string' ? params.error : (WORDS[code] ?? `${path} is not valid (${code})`);
  return `Line ${line}: ${what} cannot be made: ${why}.`;
}

/** The name of the field that an issue's path is about. */
function fieldAt(read: ReadTable | undefined, path: string): string | undefined {
  const index = /^fields\.(\d+)/.exec(path)?.[1];
  if (read === undefined || index === undefined) return undefined;
  // The core puts an `id` that was not sent before the others.
  return read.table.fields[Number(index)]?.name;
}
