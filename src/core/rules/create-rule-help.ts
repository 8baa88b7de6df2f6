import { formatDate } from '../../lib/time.ts';
import { type Account, type Actor, type Guest, internalRequest, type Superuser } from '../actor.ts';
import { accountActor } from '../auth/account-actor.ts';
import type { Collection, Schema } from '../collections/collection.ts';
import { invalid, notFound } from '../errors.ts';
import { parseFilter, RULE_LIMITS } from '../filter/parse.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database } from '../ports/database.ts';
import type { Ids } from '../ports/ids.ts';
import { createRecordConditions } from '../records/conditions.ts';
import { createGate } from '../records/gate.ts';
import { readInput } from '../records/input.ts';
import type { Records } from '../records/records.ts';
import { createShapes } from '../records/shape.ts';
import { requireSuperuser } from '../require-superuser.ts';
import { explainExpr, type Look } from './explain.ts';
import { findProblem } from './locate.ts';
import type { RuleHelp, RuleTrial, RuleVerdict } from './rule-help.ts';
import { suggest } from './suggest.ts';

/** What {@link createRuleHelp} needs. */
export interface RuleHelpParts {
  readonly database: Database;
  readonly schema: () => Schema;
  readonly records: Pick<Records, 'findStored'>;
  readonly ids: Ids;
  readonly clock: Clock;
}

/** Makes {@link RuleHelp}. */
export function createRuleHelp({ database, schema, records, ids, clock }: RuleHelpParts): RuleHelp {
  const shapes = createShapes();
  // Apart from the one that records use, whose prepared statements are not to give way to those of trials.
  const gate = createGate({ database, schema, clock, shapes, conditions: createRecordConditions(schema) });

  function collectionOf(idOrName: string): Collection {
    const found = schema().find(idOrName);
    if (found === undefined) throw notFound('collection');
    return found;
  }

  async function callerOf({ as, action }: RuleTrial): Promise<Guest | Account | Superuser> {
    const context = action === 'auth' ? 'password' : 'default';
    const request = { ...internalRequest, context, method: METHODS[action] } as const;
    if (as === 'guest' || action === 'auth') return { kind: 'guest', request };
    const collection = schema().find(as.collection);
    const record = collection?.auth && (await records.findStored(collection, as.id));
    if (!collection || !record) throw notFound('account');
    return accountActor(collection, record, request);
  }

  /** How the gate is asked about what the trial is about, and what names stand for. */
  async function askerOf(trial: RuleTrial, caller: Actor, collection: Collection) {
    const { action, record: id, input } = trial;
    const context = { now: formatDate(clock.now()), ids };
    const shape = shapes(collection);
    if (action === 'create') {
      const { values, body } = readInput(shape, caller, input ?? {}, undefined, { ...context, action });
      const ask = (rule: string) => gate.passesNew(database, caller, collection, values, rule, { body });
      return { ask, look: lookOf(caller, collection, values, body) };
    }
    const stored = id === undefined ? undefined : await records.findStored(collection, id);
    if (id === undefined || stored === undefined) throw notFound('record');
    const look = (body: object) => lookOf(caller, collection, stored, body);
    if (action !== 'update' && action !== 'manage') {
      const body = action === 'auth' ? { body: {} } : {};
      const ask = (rule: string) => gate.passes(database, caller, collection, id, rule, body);
      return { ask, look: look({}) };
    }
    const { body } = readInput(shape, caller, input ?? {}, stored, { ...context, action: 'update' });
    const ask = (rule: string) => gate.passes(database, caller, collection, id, rule, { body, stored });
    return { ask, look: look(body) };
  }

  async function explain(trial: RuleTrial): Promise<RuleVerdict> {
    const collection = collectionOf(trial.collection);
    const rule = trial.rule === undefined ? ruleOf(collection, trial.action) : trial.rule;
    const problem = rule === null || rule === '' ? undefined : findProblem(rule, collection, schema());
    if (problem !== undefined) {
      throw invalid({ path: 'rule', code: 'invalid_rule', params: { ...problem } });
    }
    const caller = await callerOf(trial);
    const { ask, look } = await askerOf(trial, caller, collection);
    if (caller.kind === 'superuser') return { allowed: true, reason: 'superuser', clause: undefined };
    if (trial.action === 'manage' && caller.kind === 'guest')
      return { allowed: false, reason: 'accounts_only', clause: undefined };
    // An empty rule about managing others lets nobody through.
    if (rule === null || (rule === '' && trial.action === 'manage'))
      return { allowed: false, reason: 'superusers_only', clause: undefined };
    if (rule === '') return { allowed: true, reason: 'everyone', clause: undefined };
    const clause = await explainExpr(parseFilter(rule, RULE_LIMITS), ask, look);
    return { allowed: clause.verdict === true, reason: 'clauses', clause };
  }

  return {
    check(actor, collection, rule) {
      requireSuperuser(actor);
      return rule === '' ? undefined : findProblem(rule, collectionOf(collection), schema());
    },
    async explain(actor, trial) {
      requireSuperuser(actor);
      return explain(trial);
    },
    suggest(actor, collection, text, caret) {
      requireSuperuser(actor);
      return suggest({ schema: schema(), collection: collectionOf(collection) }, text, caret);
    },
  };
}

const METHODS = {
  ...{ list: 'GET', view: 'GET', create: 'POST', update: 'PATCH', delete: 'DELETE' },
  ...{ auth: 'POST', manage: 'PATCH' },
} satisfies Record<RuleTrial['action'], string>;

function ruleOf({ rules, auth }: Collection, action: RuleTrial['action']): string | null {
  if (action === 'auth') return auth?.authRule ?? null;
  return action === 'manage' ? (auth?.manageRule ?? null) : rules[action];
}

/** Of whom nothing is told but that they are there. */
const SECRETS = new Set(['password', 'tokenKey']);

/** The values of plain names: the caller's, the body's, the record's. What is behind a relation is not looked up. */
function lookOf(caller: Actor, { fields }: Collection, record: object, body: object): Look {
  const valueIn = (from: object, name: string) =>
    SECRETS.has(name) || !Object.hasOwn(from, name) ? undefined : { value: Reflect.get(from, name) };
  return (path) => {
    if (path === '@request.method') return { value: caller.request.method };
    if (path === '@request.context') return { value: caller.request.context };
    const [, part = '', name = ''] = /^@request\.(auth|body)\.(\w+)$/.exec(path) ?? [];
    if (part === 'auth') return caller.kind === 'account' ? valueIn(caller.record, name) : { value: null };
    if (part === 'body') return valueIn(body, name) ?? { value: null };
    const field = fields.find((each) => each.name === path);
    return field?.type === 'password' ? undefined : field && valueIn(record, path);
  };
}
