import { type Actor, AppError, type Collection, type Core } from '../../../core/index.ts';
import { findApi } from '../api.ts';
import { type ApiAlias, type ApiSettings, readOptions, type TrailbaseOptions } from '../api-options.ts';
import { SqlProblem, SqlProblems } from '../sql/problem.ts';
import { ruleSchema, ruleTable } from '../sql/rule-table.ts';
import { apiSettings } from './api-settings.ts';
import { type NativeAccess, nativeAccess } from './native-rules.ts';
import { IN_JSON, messageOf } from './proto-json.ts';
import { type RecordApi, readRecordApi, refuseAttached } from './record-api.ts';
import { refusalSentences } from './refusals.ts';
import { withheldColumns } from './withheld-columns.ts';

/** A record API as it is told: options by their names in a configuration, rules in the native language. */
export interface RecordApiView {
  readonly name: string;
  readonly table_name: string;
  readonly conflict_resolution: string;
  readonly autofill_missing_user_id_columns: boolean;
  readonly enable_subscriptions: boolean;
  readonly excluded_columns: readonly string[];
  readonly expand: readonly string[];
  readonly listing_hard_limit: number;
  readonly rules: Readonly<
    Record<'list' | 'view' | 'create' | 'update' | 'delete' | 'schema', string | null>
  >;
}

/** Tells of a record API. For superusers; `not_found` where there is none of the name. */
export function viewRecordApi(core: Core, actor: Actor, name: string): RecordApiView {
  requireSuperuser(actor);
  const { collection, options, settings } = find(core, name);
  const api = findApi(core, name);
  const wireNames = (ids: readonly string[] = []) =>
    ids.flatMap((id) => collection.fields.find((field) => field.id === id)?.name ?? []);
  const { rules } = collection;
  return {
    name,
    table_name: collection.name,
    conflict_resolution: (api?.onConflict ?? 'abort').toUpperCase(),
    autofill_missing_user_id_columns: api?.autofill ?? false,
    enable_subscriptions: api?.subscriptions ?? true,
    excluded_columns: wireNames(settings.excluded),
    expand: wireNames(settings.expand),
    listing_hard_limit: api?.hardLimit ?? 0,
    rules: { ...rules, schema: options.schemaAccess === undefined ? rules.list : options.schemaAccess },
  };
}

/**
 * Changes the options and rules of a record API; keys that are not sent stay as they are. Access rules come together with both
 * lists, and set all rules of the collection anew, in every dialect. For superusers; `not_found` where there is none.
 *
 * @throws SqlProblems with a sentence for everything that cannot be taken
 */
export async function changeRecordApi(
  core: Core,
  actor: Actor,
  name: string,
  input: object,
): Promise<RecordApiView> {
  requireSuperuser(actor);
  const { collection, options, settings, alias } = find(core, name);
  const { changed, access } = telling(() => {
    const table = ruleTable(collection);
    const api = readRecordApi(messageOf(input), IN_JSON);
    refuseAttached(api);
    if ((api.name ?? name) !== name || (api.tableName ?? collection.name) !== collection.name)
      throw new SqlProblem(IN_JSON, 'the name and the table of a record API cannot be changed.');
    const isAsked = speaksOfAccess(api);
    if (isAsked && (api.world === undefined || api.authenticated === undefined))
      throw new SqlProblem(
        IN_JSON,
        'access is set as a whole: acl_world and acl_authenticated must both be sent.',
      );
    if (isAsked && alias !== undefined)
      throw new SqlProblem(IN_JSON, 'access is set by the record API that has the name of the table.');
    const schema = ruleSchema(core.collections.schema);
    return {
      changed: { ...settings, ...apiSettings(api, table) },
      access: isAsked ? nativeAccess({ ...api, name }, schema, table) : undefined,
    };
  });
  await save(core, actor, collection, { options: merged(options, alias, changed), access });
  return viewRecordApi(core, actor, name);
}

async function save(
  core: Core,
  actor: Actor,
  collection: Collection,
  { options, access }: { readonly options: TrailbaseOptions; readonly access: NativeAccess | undefined },
): Promise<void> {
  const trailbase = access === undefined ? options : { ...options, schemaAccess: access.schemaAccess };
  try {
    const fields = rehidden(collection, trailbase);
    await core.collections.update(actor, collection.id, {
      ...access?.rules,
      ...(fields === undefined ? {} : { fields }),
      dialects: { trailbase },
    });
  } catch (error) {
    const sentences = error instanceof AppError ? refusalSentences(error, []) : [];
    throw sentences.length > 0 ? new SqlProblems(sentences) : error;
  }
}

/** The fields as the new options withhold them from all, or show them again; undefined where nothing changes. */
function rehidden(
  { fields, dialects }: Collection,
  options: TrailbaseOptions,
): readonly object[] | undefined {
  const [before, after] = [withheldColumns(readOptions(dialects.trailbase)), withheldColumns(options)];
  const changed = [...before.symmetricDifference(after)];
  if (changed.length === 0) return undefined;
  return fields.map((field) =>
    changed.includes(field.id) ? { ...field, hidden: after.has(field.id) } : field,
  );
}

function merged(
  options: TrailbaseOptions,
  alias: ApiAlias | undefined,
  settings: ApiSettings,
): TrailbaseOptions {
  if (alias === undefined) return { ...options, ...settings };
  const apis = (options.apis ?? []).map((each) =>
    each.name === alias.name ? { ...each, ...settings } : each,
  );
  return { ...options, apis };
}

interface Found {
  readonly collection: Collection;
  readonly options: TrailbaseOptions;
  readonly settings: ApiSettings;
  /** Undefined for the collection under its own name. */
  readonly alias: ApiAlias | undefined;
}

function find(core: Core, name: string): Found {
  const collection = findApi(core, name)?.collection;
  if (collection === undefined) throw new AppError('not_found', { reason: 'record_api' });
  const options = readOptions(collection.dialects.trailbase);
  const alias =
    collection.name === name && options.expose !== false
      ? undefined
      : options.apis?.find((each) => each.name === name);
  return { collection, options, settings: alias ?? options, alias };
}

function speaksOfAccess({ world, authenticated, rules }: RecordApi): boolean {
  return (
    world !== undefined ||
    authenticated !== undefined ||
    Object.values(rules).some((rule) => rule !== undefined)
  );
}

function requireSuperuser(actor: Actor): void {
  if (actor.kind === 'guest') throw new AppError('unauthorized');
  if (actor.kind !== 'superuser') throw new AppError('forbidden', { reason: 'superusers_only' });
}

/** In JSON a line says nothing. */
function telling<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof SqlProblem)
      throw new SqlProblems([error.what.replace(/^./, (first) => first.toUpperCase())]);
    throw error;
  }
}
