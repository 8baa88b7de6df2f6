import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import { AppError } from '../errors.ts';
import type { Database, Queryable } from '../ports/database.ts';
import type { Log } from '../ports/log.ts';
import type { RecordValues, RecordView } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import { actorOf, type Callers } from './callers.ts';
import type { Group } from './topics.ts';

/** Answers of one event, each asked once. Both throw `busy` or `unavailable` where there is none now. */
export interface Verdicts {
  /** Whether the rule admits the group to these values. A rule that cannot be asked admits nobody. */
  admits(q: Queryable, group: Group): Promise<boolean>;
  /** What the group sees of them; undefined where its own filter leaves them out. The same object where it is the same. */
  view(group: Group): Promise<RecordView | undefined>;
}

/** What {@link createJudge} needs. */
export interface JudgeParts {
  readonly database: Database;
  readonly callers: Callers;
  readonly records: () => Pick<Records, 'meets' | 'present'>;
  readonly log: Log;
}

/** Makes the judge of single events. */
export function createJudge({ database, callers, records, log }: JudgeParts) {
  /** Undefined for what cannot be asked; what could not be asked this time is thrown. */
  async function quietly<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'internal')
        log.error('realtime.failed', { cause: error });
      else if (error.code === 'busy' || error.code === 'unavailable') throw error;
      // A filter or a rule that does not fit is its writer's own affair.
      return undefined;
    }
  }

  return (collection: Collection, values: RecordValues): Verdicts => {
    const verdicts = new Map<string, boolean>();
    const views = new Map<string, RecordView | undefined>();

    async function ask(q: Queryable, group: Group, actor: Actor): Promise<boolean> {
      const rule = collection.rules[group.action];
      if (actor.kind === 'superuser' || rule === '') return true;
      if (rule === null) return false;
      // What names nothing but fields is the same for everybody.
      const key = rule.includes('@') ? `${group.caller.key}\n${group.factsKey}\n${rule}` : rule;
      const known = verdicts.get(key);
      if (known !== undefined) return known;
      const verdict = (await quietly(() => records().meets(actor, collection, values, { rule }, q))) === true;
      verdicts.set(key, verdict);
      return verdict;
    }

    async function present(group: Group, actor: Actor): Promise<RecordView> {
      const { expand } = group;
      const alike = expand === undefined && (collection.type !== 'auth' || actor.kind !== 'account');
      const key = alike ? (actor.kind === 'superuser' ? '!' : '') : `=${group.key}`;
      const known = views.get(key);
      if (known) return known;
      const view = await records().present(actor, collection, values, expand);
      views.set(key, view);
      return view;
    }

    return {
      async admits(q, group) {
        const { caller } = group;
        const rule = collection.rules[group.action];
        // Only who may lose something need be looked at.
        if (rule !== '' || collection.type === 'auth' || caller.who.kind === 'superuser') {
          await callers.refresh(q, caller);
        }
        return ask(q, group, actorOf(caller, group.facts));
      },
      async view(group) {
        const { caller, filter, expand, facts } = group;
        if (filter !== undefined || expand !== undefined) await callers.refresh(database, caller);
        const actor = actorOf(caller, facts);
        return quietly(async () => {
          if (filter !== undefined && !(await records().meets(actor, collection, values, { filter }))) {
            return undefined;
          }
          return present(group, actor);
        });
      },
    };
  };
}
