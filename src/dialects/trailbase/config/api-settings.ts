import type { ApiSettings } from '../api-options.ts';
import { columnKind } from '../column-kind.ts';
import { SqlProblem, shown } from '../sql/problem.ts';
import type { RuleTable } from '../sql/rule-table.ts';
import type { RecordApi } from './record-api.ts';

/** What an entry of `record_apis` says beside access; keys of which nothing is said are absent. Throws SqlProblem. */
export function apiSettings(api: RecordApi, table: RuleTable): ApiSettings {
  const { conflictResolution, autofillUserIds, subscriptions, excluded, expand, hardLimit } = api;
  return {
    ...(conflictResolution === undefined ? {} : { conflictResolution }),
    ...(autofillUserIds === undefined ? {} : { autofillUserIds }),
    ...(subscriptions === undefined ? {} : { subscriptions }),
    ...(excluded === undefined ? {} : { excluded: excluded.map((name) => excludable(api, table, name)) }),
    ...(expand === undefined ? {} : { expand: expand.map((name) => expandable(api, table, name)) }),
    ...(hardLimit === undefined ? {} : { hardLimit }),
  };
}

function excludable(api: RecordApi, table: RuleTable, name: string): string {
  const field = fieldOf(api, table, name);
  if (field.name === 'id') throw new SqlProblem(api.at, `the key ${shown(name)} cannot be excluded.`);
  return field.id;
}

function expandable(api: RecordApi, table: RuleTable, name: string): string {
  const field = fieldOf(api, table, name);
  if (field.name === 'id') throw new SqlProblem(api.at, `the key ${shown(name)} cannot be expanded.`);
  if (columnKind(field) !== 'reference' || name.startsWith('_'))
    throw new SqlProblem(
      api.at,
      `the column ${shown(name)} refers to no other table, so it cannot be expanded.`,
    );
  return field.id;
}

function fieldOf({ at }: RecordApi, { fields, key, name: table }: RuleTable, name: string) {
  const wanted = name === key ? 'id' : name === 'id' ? undefined : name;
  const field = fields.find((each) => each.name === wanted);
  if (field === undefined)
    throw new SqlProblem(at, `the table ${shown(table)} has no column ${shown(name)}.`);
  return field;
}
