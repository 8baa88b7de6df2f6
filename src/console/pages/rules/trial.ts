import {
  AppError,
  type Collection,
  type Core,
  type Expr,
  type RecordInput,
  type RuleVerdict,
} from '../../../core/index.ts';
import type { Form, Visit } from '../../visit.ts';
import { nameOf } from '../records/cells.ts';
import { faultOf, type RuleName, type RuleSet, storedRule } from './rule-set.ts';

/** Something to choose. */
export interface Choice {
  readonly value: string;
  readonly text: string;
}

/** What is tried, as it was typed. */
export interface TrialForm {
  readonly action: RuleName;
  /** Name of an auth collection, '' for a guest. */
  readonly collection: string;
  readonly account: string;
  readonly record: string;
  readonly input: string;
}

/** How a trial went: the verdict, or what of the form is wrong. */
export interface TrialOutcome {
  readonly verdict?: RuleVerdict;
  readonly fault?: 'account' | 'record' | 'input' | 'rule';
}

/** The form, what it offers, and the last outcome. */
export interface TrialState {
  readonly form: TrialForm;
  readonly outcome: TrialOutcome | undefined;
  readonly collections: readonly string[];
  readonly accounts: readonly Choice[];
  readonly records: readonly Choice[];
}

const OFFERED = 20;
const tried: readonly RuleName[] = ['list', 'view', 'create', 'update', 'delete', 'auth', 'manage'];

/** What a form asks to try; a form that asks nothing tries the list as a guest. */
export function readTrial(form: Form | undefined): TrialForm {
  const get = (name: string) => form?.get(name).trim() ?? '';
  return {
    action: tried.find((one) => one === get('trial.action')) ?? 'list',
    ...{ collection: get('trial.collection'), account: get('trial.account') },
    ...{ record: get('trial.record'), input: get('trial.input') },
  };
}

/** The form with accounts and records to choose from: some that are there. */
export async function trialState(
  core: Core,
  visit: Visit,
  collection: Collection,
  form: TrialForm,
  outcome?: TrialOutcome,
): Promise<TrialState> {
  const accounts = await findChoices(core, visit, collection, 'account', '');
  const records = await findChoices(core, visit, collection, 'record', '');
  return { form, outcome, collections: accountsOf(core).map(({ name }) => name), accounts, records };
}

/** Accounts of any collection, or records of one, that have a text in their id or their texts; any where it is ''. */
export async function findChoices(
  core: Core,
  visit: Visit,
  collection: Collection,
  of: 'account' | 'record',
  search: string,
): Promise<readonly Choice[]> {
  if (of === 'record') return someOf(core, visit, collection, search);
  const found: Choice[] = [];
  for (const each of accountsOf(core)) {
    for (const { value, text } of await someOf(core, visit, each, search)) {
      found.push({ value, text: text === value ? each.name : `${each.name}: ${text}` });
    }
  }
  return found;
}

/** Those of superusers last: no rule refuses them. */
function accountsOf({ collections }: Core): readonly Collection[] {
  const all = collections.schema.collections.filter(({ type }) => type === 'auth');
  return all.sort((a, b) => Number(a.system) - Number(b.system));
}

/** Fields whose texts are looked through, at most so many. */
const SEARCHED = new Set(['text', 'email', 'url', 'string']);
const MOST_SEARCHED = 6;

async function someOf(
  core: Core,
  { actor }: Visit,
  collection: Collection,
  search: string,
): Promise<readonly Choice[]> {
  const query = { page: 1, perPage: OFFERED, skipTotal: true };
  try {
    const { items } = await core.records.list(actor, collection, {
      ...query,
      ...(search !== '' && { filter: containing(collection, search) }),
    });
    return items.map((record) => ({ value: String(record.values.id), text: nameOf(record) }));
  } catch (error) {
    // Nothing is offered where looking takes too long: an id can still be typed.
    if (error instanceof AppError && error.code === 'busy') return [];
    throw error;
  }
}

function containing({ fields }: Collection, search: string): Expr {
  const names = fields
    .filter(({ name, type }) => name !== 'id' && name !== 'tokenKey' && SEARCHED.has(type))
    .slice(0, MOST_SEARCHED)
    .map(({ name }) => name);
  const terms = ['id', ...names].map((name): Expr => {
    const right = { kind: 'text', value: search } as const;
    return { kind: 'compare', op: '~', any: false, left: { kind: 'path', path: name }, right };
  });
  const [first] = terms;
  return first !== undefined && terms.length === 1 ? first : { kind: 'or', terms };
}

/** Asks the rule of the action as it stands in the form. */
export async function runTrial(
  core: Core,
  { actor }: Visit,
  collection: Collection,
  set: RuleSet,
  form: TrialForm,
): Promise<TrialOutcome> {
  const { action, record } = form;
  const edited = set.get(action);
  if (edited === undefined || faultOf(core, actor, collection, edited)) return { fault: 'rule' };
  const input = readInput(action, form.input);
  if (input === undefined) return { fault: 'input' };
  const as = action === 'auth' ? 'guest' : await callerOf(core, form);
  if (as === undefined) return { fault: 'account' };
  if (action !== 'create' && record === '') return { fault: 'record' };
  try {
    const trial = { collection: collection.id, action, rule: storedRule(edited), as, input };
    return {
      verdict: await core.rules.explain(actor, { ...trial, ...(action !== 'create' && { record }) }),
    };
  } catch (error) {
    return { fault: faultOfTrial(error) };
  }
}

function faultOfTrial(error: unknown): TrialOutcome['fault'] {
  if (!(error instanceof AppError)) throw error;
  if (error.code === 'not_found') return error.reason === 'account' ? 'account' : 'record';
  if (error.code === 'invalid') return error.issues.some(({ path }) => path === 'rule') ? 'rule' : 'input';
  throw error;
}

/** Undefined where there is no such account. */
async function callerOf(
  core: Core,
  { collection: name, account }: TrialForm,
): Promise<'guest' | { collection: string; id: string } | undefined> {
  if (name === '') return 'guest';
  const collection = core.collections.schema.byName(name);
  if (!collection?.auth || account === '') return undefined;
  const { records } = core;
  const found =
    (await records.findStored(collection, account)) ??
    (await records.findStoredBy(collection, 'email', account, true));
  return found && { collection: collection.id, id: String(found.id) };
}

/** Undefined for what is no JSON object. */
function readInput(action: RuleName, text: string): RecordInput | undefined {
  if (text === '' || (action !== 'create' && action !== 'update' && action !== 'manage')) return {};
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? Object.fromEntries(Object.entries(value)) : undefined;
  } catch {
    return undefined;
  }
}
