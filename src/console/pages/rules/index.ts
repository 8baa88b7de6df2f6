import { Elysia } from 'elysia';
import { AppError, type Collection } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { type Html, html } from '../../html.ts';
import { answerHtml, SAFE_HEADERS, seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import { type Editor, editorView, wordsLine } from './editor-view.ts';
import { faultMessage } from './fault.ts';
import { inWords } from './in-words.ts';
import { rulesPath } from './paths.ts';
import { presetsOf } from './presets.ts';
import { changedRules, reviewView } from './review-view.ts';
import {
  faultOf,
  keyOf,
  type RuleFault,
  type RuleName,
  type RuleSet,
  readRuleSet,
  ruleSetOf,
  storedRule,
} from './rule-set.ts';
import { findChoices, readTrial, runTrial, trialState } from './trial.ts';
import { choiceList, trialOutcome } from './trial-view.ts';

/** The rules of a collection: edited, checked while they are typed, tried, and saved after a look at what changes. */
export const rulePages = (console: Console) => {
  const collectionOf = (params: { readonly name?: string }) =>
    console.core.collections.get(String(params.name));
  return new Elysia({ name: 'console.rules' })
    .get('/collections/:name/rules', ({ params, request }) =>
      console.show(request, async (visit) => {
        const collection = collectionOf(params);
        return editorView(visit, await editorOf(console, visit, collection, ruleSetOf(collection)));
      }),
    )
    .post(
      '/collections/:name/rules',
      ({ params, request }) =>
        console.act(request, (visit, form) => takeRules(console, visit, collectionOf(params), form)),
      { parse: 'none' },
    )
    .post(
      '/collections/:name/rules/checks',
      ({ params, request }) =>
        console.act(request, async (visit, form) => {
          const collection = collectionOf(params);
          const text = form.get(`rule.${form.get('name')}`).trim();
          const fault = faultOf(console.core, visit.actor, collection, { kind: 'condition', text });
          const name = [...ruleSetOf(collection).keys()].find((one) => one === form.get('name'));
          const words = fault === undefined ? inWords(visit, text) : undefined;
          if (name === undefined) return answerHtml(html`${faultMessage(visit, fault, text)}`);
          // Both as parts: beside parts, nothing would leave the message as it was.
          return answerHtml(
            html`${part(`#fault-${name}`, faultMessage(visit, fault, text))}${part(`#words-${name}`, wordsLine(visit, words))}`,
          );
        }),
      { parse: 'none' },
    )
    .get('/collections/:name/rules/choices', ({ params, request }) =>
      console.give(request, async (visit) => {
        const { searchParams } = visit.url;
        const of = searchParams.get('of') === 'account' ? 'account' : 'record';
        const search = searchParams.get(`trial.${of}`)?.trim().slice(0, 200) ?? '';
        const found = await findChoices(console.core, visit, collectionOf(params), of, search);
        return answerHtml(html`${choiceList(found)}`);
      }),
    )
    .get('/collections/:name/rules/suggestions', ({ params, request }) =>
      console.give(request, async ({ actor, url: { searchParams } }) => {
        const { name } = collectionOf(params);
        const caret = Number(searchParams.get('caret')) || 0;
        const found = console.core.rules.suggest(actor, name, searchParams.get('text') ?? '', caret);
        return Response.json(found, { headers: { ...SAFE_HEADERS, 'cache-control': 'no-store' } });
      }),
    );
};

/** What htmx puts into one element of the page. */
const part = (target: string, content: Html | undefined) =>
  html`<hx-partial hx-target="${target}" hx-swap="innerHTML">${content}</hx-partial>`;

async function editorOf(
  { core }: Console,
  visit: Visit,
  collection: Collection,
  set: RuleSet,
  form?: Form,
): Promise<Editor> {
  const revision = form?.get('revision') || core.collections.revision(visit.actor, collection.id);
  const trial = await trialState(core, visit, collection, readTrial(form));
  const presets = new Map([...set.keys()].map((name) => [name, presetsOf(core, collection, name)]));
  return { collection, set, faults: new Map(), revision, presets, trial };
}

/** What the rules as they stand in the form say; htmx gets that alone. */
async function tryRules(
  console: Console,
  visit: Visit,
  collection: Collection,
  form: Form,
): Promise<Response> {
  const set = readRuleSet(console.core, collection, form);
  const outcome = await runTrial(console.core, visit, collection, set, readTrial(form));
  const status = outcome.fault === undefined ? 200 : 422;
  if (visit.isHtmx) return answerHtml(html`${trialOutcome(visit, outcome)}`, { status });
  const editor = await editorOf(console, visit, collection, set, form);
  const trial = { ...editor.trial, outcome };
  return console.page(visit, { ...editorView(visit, { ...editor, trial }), status });
}

/** Checks them, shows what would change, saves, or tries them, as the form's button says. */
async function takeRules(
  console: Console,
  visit: Visit,
  collection: Collection,
  form: Form,
): Promise<Response> {
  const { core } = console;
  const { rules } = visit.texts;
  const set = readRuleSet(core, collection, form);
  const step = form.get('step');
  if (step === 'trial') return tryRules(console, visit, collection, form);
  const again = async (faults: ReadonlyMap<RuleName, RuleFault>, message?: string) => {
    const editor = await editorOf(console, visit, collection, set, form);
    return console.page(visit, editorView(visit, { ...editor, faults, message }));
  };
  const faults = new Map(
    [...set].flatMap(([name, rule]): [RuleName, RuleFault][] => {
      const fault = faultOf(core, visit.actor, collection, rule);
      return fault === undefined ? [] : [[name, fault]];
    }),
  );
  if (faults.size > 0) return again(faults);
  if (step === 'check') return again(faults, rules.allGood);
  const changed = changedRules(collection, set);
  if (changed.length === 0) return again(faults, rules.nothingChanged);
  const input = Object.fromEntries(
    [...set]
      .filter(([name]) => changed.includes(name))
      .map(([name, rule]) => [keyOf(name), storedRule(rule)]),
  );
  const revision = form.get('revision');
  try {
    if (step === 'save') {
      await core.collections.update(visit.actor, collection.id, input, { ifUnchanged: revision });
      return seeOther(visit, rulesPath(collection.name), { note: 'rulesSaved' });
    }
    await core.collections.plan(visit.actor, collection.id, input);
    return console.page(visit, reviewView(visit, { collection, set, revision, isLate: false }));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.reason === 'changed_meanwhile') {
      const now = core.collections.revision(visit.actor, collection.id);
      return console.page(visit, reviewView(visit, { collection, set, revision: now, isLate: true }));
    }
    if (error.code !== 'invalid') throw error;
    return again(faultsOf(error, set), undefined);
  }
}

/** What the core says beyond what was checked, at the rule it speaks of. */
function faultsOf({ issues }: AppError, set: RuleSet): ReadonlyMap<RuleName, RuleFault> {
  const faults = new Map<RuleName, RuleFault>();
  for (const { path, code } of issues) {
    const name = [...set.keys()].find((one) => keyOf(one) === path) ?? 'list';
    faults.set(name, { kind: code === 'collection_system_rule_change' ? 'fixed' : 'other', message: code });
  }
  return faults;
}
