import type { Actor, Core } from '../../../core/index.ts';
import { createCollections, type MadeCollections } from '../config/create-collections.ts';
import type { TrailbaseConfig } from '../config/read-config.ts';
import type { RecordApi } from '../config/record-api.ts';
import { SqlProblems, shown } from '../sql/problem.ts';
import { withoutClashes } from './clashes.ts';
import { type DepotObject, targetOf } from './objects.ts';

/** What became of a depot's declarations. */
export interface ImportedSchema {
  readonly made: MadeCollections | undefined;
  /** Tables that are collections now. */
  readonly tables: readonly DepotObject[];
  /** A sentence for everything that is left out. */
  readonly leftOut: readonly string[];
}

const SENTENCE = /^Line (\d+)( of the configuration)?: (.*)$/s;

/**
 * Makes collections of what a depot declares. What cannot be taken is left out with a sentence, and what needs it, too, until
 * all that remains can be made together.
 */
export async function importSchema(
  core: Core,
  actor: Actor,
  objects: readonly DepotObject[],
  config: TrailbaseConfig,
): Promise<ImportedSchema> {
  const isTaken = (name: string) => core.collections.schema.byName(name) !== undefined;
  const clear = withoutClashes(objects, config.recordApis, isTaken);
  const triggers = clear.objects.filter(({ kind }) => kind === 'trigger');
  const leftOut = [
    ...triggers.map(({ name }) => `The trigger ${shown(name)} is left out: triggers are not supported.`),
    ...clear.leftOut,
  ];
  let kept = clear.objects.filter(({ kind }) => kind !== 'trigger');
  let apis = clear.apis.map((api) => ({
    ...api,
    attached: undefined,
    tableName: api.tableName && targetOf(api.tableName),
  }));
  for (;;) {
    const tables = kept.filter(({ kind }) => kind === 'table');
    if (tables.length === 0) {
      leftOut.push(...kept.map((object) => sentence(object, 'there is no table that it could be of')));
      return { made: undefined, tables, leftOut };
    }
    const sql = kept.map((object) => `${object.sql}\n;\n`);
    try {
      const made = await createCollections(core, actor, {
        sql: sql.join(''),
        config: { ...config, recordApis: apis },
      });
      return { made, tables, leftOut: [...leftOut, ...made.notes] };
    } catch (error) {
      if (!(error instanceof SqlProblems)) throw error;
      const bad = blame(error, kept, sql, apis);
      for (const [object, why] of bad.objects) leftOut.push(sentence(object, why));
      for (const [{ name }, why] of bad.apis)
        leftOut.push(`The record API ${shown(name ?? '')} is left out: ${why}`);
      kept = kept.filter((object) => !bad.objects.has(object));
      apis = apis.filter((api) => !bad.apis.has(api));
      if (bad.objects.size + bad.apis.size === 0) throw error;
    }
  }
}

function sentence({ kind, name, database }: DepotObject, why: string): string {
  const where = database === 'main' ? '' : ` of the database ${shown(database)}`;
  return `The ${kind} ${shown(name)}${where} is left out: ${why}${why.endsWith('.') ? '' : '.'}`;
}

/** Which objects and APIs the sentences are about, and the first that each says. */
function blame(
  { sentences }: SqlProblems,
  kept: readonly DepotObject[],
  sql: readonly string[],
  apis: readonly RecordApi[],
) {
  const found = { objects: new Map<DepotObject, string>(), apis: new Map<RecordApi, string>() };
  const ends: number[] = [];
  for (const text of sql) ends.push((ends.at(-1) ?? 0) + text.split('\n').length - 1);
  for (const each of sentences) {
    const [, line, inConfig, why = ''] = SENTENCE.exec(each) ?? [];
    if (line === undefined) continue;
    if (inConfig !== undefined) {
      const api = apis.findLast(({ at }) => at.line <= Number(line));
      if (api !== undefined && !found.apis.has(api)) found.apis.set(api, why);
      continue;
    }
    const object = kept[ends.findIndex((end) => Number(line) <= end)];
    if (object !== undefined && !found.objects.has(object)) found.objects.set(object, why);
  }
  return found;
}
