import { type Actor, AppError, type CollectionInput, type Core } from '../../../core/index.ts';
import { aliasNames } from '../api-options.ts';
import type { FieldDefinition } from '../sql/draft.ts';
import { SqlProblem, SqlProblems, shown } from '../sql/problem.ts';
import { type ReadTable, readTables } from '../sql/read-tables.ts';
import { ruleSchema } from '../sql/rule-table.ts';
import { applyRecordApis, type TableAccess } from './apply-record-apis.ts';
import { readConfig, type TrailbaseConfig } from './read-config.ts';
import { type RecordApi, refuseAttached } from './record-api.ts';
import { refusalSentences } from './refusals.ts';
import { withheldColumns } from './withheld-columns.ts';

/** What collections are made from: CREATE statements, and a `config.textproto` with their record APIs. */
export interface SqlInput {
  readonly sql: string;
  /** As text, or read already. */
  readonly config?: string | TrailbaseConfig;
}

const NOTHING: TrailbaseConfig = { recordApis: [], jsonSchemas: new Map() };

/** What was made. */
export interface MadeCollections {
  readonly collections: readonly string[];
  /** Names of the record APIs, views included. */
  readonly apis: readonly string[];
  /** Sentences about what was left out of the configuration. */
  readonly notes: readonly string[];
}

/**
 * Makes collections of TrailBase's SQL, all of them or none (specs/trailbase.md 3). Without record APIs in a configuration they
 * are for superusers only. For superusers: `unauthorized` for guests, `forbidden` otherwise.
 *
 * @throws SqlProblems with a sentence for everything that cannot be taken
 */
export async function createCollections(
  core: Core,
  actor: Actor,
  { sql, config }: SqlInput,
): Promise<MadeCollections> {
  // Text of others is not even read.
  if (actor.kind === 'guest') throw new AppError('unauthorized');
  if (actor.kind !== 'superuser') throw new AppError('forbidden', { reason: 'superusers_only' });
  const { recordApis, jsonSchemas } = typeof config === 'string' ? readConfig(config) : (config ?? NOTHING);
  const { schema } = core.collections;
  const tables = readTables(sql, { schema, jsonSchemas });
  const plans = planAll(core, tables, recordApis);
  await refusing(tables, () =>
    core.collections.createAll(
      actor,
      plans.map(({ definition }) => definition),
    ),
  );
  return {
    collections: tables.map(({ draft }) => draft.name),
    apis: plans.flatMap(({ access, name }) => apiNames(name, access)),
    notes: plans.flatMap(({ access }) => access.notes),
  };
}

/** A collection on its way. */
interface Plan {
  readonly name: string;
  readonly definition: CollectionInput;
  readonly access: TableAccess;
}

function planAll(
  core: Core,
  tables: readonly ReadTable[],
  recordApis: readonly RecordApi[],
): readonly Plan[] {
  const schema = ruleSchema(
    core.collections.schema,
    tables.map(({ table }) => table),
  );
  const sentences: string[] = [];
  const collect = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SqlProblem)) throw error;
      sentences.push(`Line ${error.place.line} of the configuration: ${error.what}`);
      return undefined;
    }
  };
  checkApis(core, tables, recordApis, collect);
  const plans = tables.flatMap((read): readonly Plan[] => {
    const { draft, table, definition, fields } = read;
    const names = [draft.name, ...draft.views.map(({ name }) => name)];
    const own = recordApis.filter(({ tableName }) => names.includes(tableName ?? ''));
    const access = collect(() => applyRecordApis({ table, views: draft.views }, own, schema));
    if (access === undefined) return [];
    return [
      {
        name: draft.name,
        definition: {
          ...definition,
          fields: hiding(fields, withheldColumns(access.options)),
          ...access.access?.rules,
          dialects: { trailbase: access.options },
        },
        access,
      },
    ];
  });
  if (sentences.length > 0) throw new SqlProblems(sentences);
  return plans;
}

function hiding(fields: readonly FieldDefinition[], ids: ReadonlySet<string>): readonly object[] {
  return fields.map((field) => (ids.has(field.id) ? { ...field, hidden: true } : field));
}

function checkApis(
  core: Core,
  tables: readonly ReadTable[],
  recordApis: readonly RecordApi[],
  collect: <T>(work: () => T) => T | undefined,
): void {
  const known = new Set(tables.flatMap(({ draft }) => [draft.name, ...draft.views.map(({ name }) => name)]));
  const names = new Set(aliasNames(core.collections.schema));
  for (const api of recordApis) {
    collect(() => {
      refuseAttached(api);
      const { at, name, tableName } = api;
      if (name === undefined || tableName === undefined)
        throw new SqlProblem(at, 'a record API has a name and a table_name.');
      if (!known.has(tableName))
        throw new SqlProblem(
          at,
          `the record API ${shown(name)} is over the table ${shown(tableName)}, which is not made here.`,
        );
      const isTaken =
        name !== tableName && (known.has(name) || core.collections.schema.byName(name) !== undefined);
      if (names.has(name) || isTaken)
        throw new SqlProblem(at, `the name of the record API ${shown(name)} is taken.`);
      names.add(name);
    });
  }
}

/** What the core refuses is told with the line of its table. */
async function refusing<T>(tables: readonly ReadTable[], work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const sentences = error instanceof AppError ? refusalSentences(error, tables) : [];
    throw sentences.length > 0 ? new SqlProblems(sentences) : error;
  }
}

function apiNames(name: string, { options }: TableAccess): readonly string[] {
  return [...(options.expose === false ? [] : [name]), ...(options.apis ?? []).map((alias) => alias.name)];
}
