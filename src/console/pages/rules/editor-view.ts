import type { Collection } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { csrfField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { collectionTabs } from '../collections/tabs.ts';
import { faultMessage } from './fault.ts';
import { inWords } from './in-words.ts';
import { rulesPath } from './paths.ts';
import type { Preset } from './presets.ts';
import { type EditedRule, kindsOf, type RuleFault, type RuleName, type RuleSet } from './rule-set.ts';
import type { TrialState } from './trial.ts';
import { trialSection } from './trial-view.ts';

/** What the editor shows. */
export interface Editor {
  readonly collection: Collection;
  readonly set: RuleSet;
  readonly faults: ReadonlyMap<RuleName, RuleFault>;
  /** The definition that the rules were made for. */
  readonly revision: string;
  /** What is offered beside the kinds. */
  readonly presets: ReadonlyMap<RuleName, readonly Preset[]>;
  readonly trial: TrialState;
  /** Said above the rules. */
  readonly message?: string;
}

/** The page with a collection's rules. */
export function editorView(visit: Visit, editor: Editor): PageView {
  const { rules, frame, collections } = visit.texts;
  const { collection, set, faults, revision, message } = editor;
  return {
    title: collection.name,
    section: 'collections',
    crumbs: [{ text: collections.title, path: '/_/collections' }],
    tabs: collectionTabs(visit.texts, collection, 'rules'),
    status: faults.size > 0 ? 422 : 200,
    body: html`<p class="prose">${rules.intro}</p>
      ${faults.size > 0 && html`<p role="alert" class="notice error">${frame.checkFields}</p>`}
      ${message !== undefined && html`<p role="status" class="notice">${message}</p>`}
      ${collection.system && html`<p class="notice">${rules.system}</p>`}
      <form class="rules" action="${rulesPath(collection.id)}" method="post">
        ${csrfField(visit)}
        <input type="hidden" name="revision" value="${revision}">
        ${[...set].map(([name, rule]) => ruleFields(visit, editor, name, rule))}
        ${
          !collection.system &&
          html`<div class="buttons">
          <button class="primary" type="submit" name="step" value="review">${rules.review}</button>
          <button type="submit" name="step" value="check">${rules.check}</button>
        </div>`
        }
        ${trialSection(visit, collection, [...set.keys()], editor.trial)}
      </form>`,
  };
}

/** What a rule says, in words; nothing where there are none. */
export function wordsLine({ texts }: Visit, words: Html | undefined): Html | undefined {
  return words && html`${texts.rules.words.intro} ${words}`;
}

/** The condition is hidden by the stylesheet where another kind is chosen. */
function ruleFields(
  visit: Visit,
  { collection, faults, presets }: Editor,
  name: RuleName,
  rule: EditedRule,
): Html {
  const { rules } = visit.texts;
  const label = rules.names[name];
  const fault = faultMessage(visit, faults.get(name), rule.text);
  return html`<fieldset class="card rule"${collection.system && html` disabled`}>
    <legend class="visually-hidden">${label}</legend>
    <div class="field">
      <label for="kind-${name}"><span aria-hidden="true">${label}</span><span class="visually-hidden">${rules.who(label)}</span></label>
      <select id="kind-${name}" name="kind.${name}" aria-describedby="about-${name}">${kindsOf(name).map(
        (kind) =>
          html`<option value="${kind}"${kind === rule.kind && html` selected`}>${rules.kinds[kind]}</option>`,
      )}${(presets.get(name) ?? []).map(
        ({ value, field }) =>
          html`<option value="${value}">${field === undefined ? rules.presets.signedIn : rules.presets.owner(field)}</option>`,
      )}</select>
      <span id="about-${name}" class="hint">${rules.about[name]}</span>
    </div>
    <div class="field condition">
      <label class="visually-hidden" for="rule-${name}">${rules.condition(label)}</label>
      <suggest-text src="${rulesPath(collection.name, '/suggestions')}" label="${rules.suggestions}" faults="fault-${name}">
        <textarea id="rule-${name}" name="rule.${name}" class="mono" rows="2" autocomplete="off" autocapitalize="off"
          spellcheck="false" placeholder="${rules.conditionHint}" aria-describedby="fault-${name}"${
            fault && html` aria-invalid="true"`
          } hx-post="${rulesPath(collection.name, '/checks')}" hx-vals='{"name":"${name}"}' hx-trigger="input changed delay:300ms"
          hx-target="#fault-${name}" hx-swap="innerHTML">${rule.text}</textarea>
      </suggest-text>
      <div id="fault-${name}" class="fault" aria-live="polite">${fault}</div>
      <div id="words-${name}" class="hint">${
        rule.kind === 'condition' && fault === undefined && wordsLine(visit, inWords(visit, rule.text))
      }</div>
    </div>
  </fieldset>`;
}
