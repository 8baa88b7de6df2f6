import type { Clause, Collection, RuleVerdict } from '../../../core/index.ts';
import { stringifyJson } from '../../../lib/lossless-json.ts';
import { type Html, html } from '../../html.ts';
import { selectField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { rulesPath } from './paths.ts';
import type { RuleName } from './rule-set.ts';
import type { Choice, TrialOutcome, TrialState } from './trial.ts';

/** The part of the rules' form that tries them, and its outcome. */
export function trialSection(
  visit: Visit,
  { name, type }: Collection,
  names: readonly RuleName[],
  state: TrialState,
): Html {
  const { trial, rules } = visit.texts;
  const { form, outcome, collections } = state;
  return html`<section class="card trial" aria-labelledby="trial-title">
    <h2 id="trial-title">${trial.title}</h2>
    <p>${trial.body}</p>
    ${selectField({
      ...{ name: 'trial.action', label: trial.action, value: form.action },
      options: names.map((value) => ({ value, text: rules.names[value] })),
    })}
    ${selectField({
      ...{ name: 'trial.collection', label: trial.collection, value: form.collection },
      options: [
        { value: '', text: trial.guest },
        ...collections.map((value) => ({ value, text: trial.accountOf(value) })),
      ],
    })}
    ${offered(name, 'account', trial.account, trial.accountHint, form.account, state.accounts)}
    ${offered(name, 'record', trial.record, type === 'auth' ? trial.accountRecordHint : trial.recordHint, form.record || (state.records[0]?.value ?? ''), state.records)}
    <div class="field trial-input">
      <label for="trial.input">${trial.input}</label>
      <textarea id="trial.input" name="trial.input" class="mono" rows="3" spellcheck="false"
        aria-describedby="trial-input-hint">${form.input}</textarea>
      <span id="trial-input-hint" class="hint">${trial.inputHint}</span>
    </div>
    <div class="buttons"><button type="submit" name="step" value="trial" hx-post="${rulesPath(name)}"
      formaction="${rulesPath(name)}#trial-outcome" hx-target="#trial-outcome" hx-swap="innerHTML show:top">${trial.run}</button></div>
    <div id="trial-outcome" aria-live="polite">${outcome && trialOutcome(visit, outcome)}</div>
  </section>`;
}

/** An input that offers what was found for what is typed; without script some that are there. */
function offered(
  collection: string,
  name: 'account' | 'record',
  label: string,
  hint: string,
  value: string,
  choices: readonly Choice[],
): Html {
  return html`<div class="field trial-${name}">
    <label for="trial.${name}">${label}</label>
    <input id="trial.${name}" name="trial.${name}" value="${value}" list="trial-${name}s" autocomplete="off" maxlength="200"
      aria-describedby="trial-${name}-hint" hx-get="${rulesPath(collection, '/choices')}?of=${name}"
      hx-trigger="input changed delay:250ms" hx-target="#trial-${name}s" hx-swap="innerHTML">
    <datalist id="trial-${name}s">${choiceList(choices)}</datalist>
    <span id="trial-${name}-hint" class="hint">${hint}</span>
  </div>`;
}

/** What an input offers. */
export function choiceList(choices: readonly Choice[]): readonly Html[] {
  return choices.map((choice) => html`<option value="${choice.value}">${choice.text}</option>`);
}

/** Allowed or refused, and why; or what is wrong with the form. */
export function trialOutcome({ texts }: Visit, { verdict, fault }: TrialOutcome): Html | undefined {
  const { trial } = texts;
  const faults = {
    ...{ account: trial.noAccount, record: trial.noRecord, input: trial.badInput, rule: trial.badRule },
  };
  if (fault !== undefined) return html`<p class="notice error">${faults[fault]}</p>`;
  return verdict && verdictView(trial, verdict);
}

function verdictView(trial: Visit['texts']['trial'], { allowed, reason, clause }: RuleVerdict): Html {
  return html`<div class="notice${!allowed && ' error'}">
      <p><strong>${allowed ? trial.allowed : trial.refused}</strong></p>
      <p>${trial.reasons[reason]}</p>
    </div>
    ${clause && html`<ul class="clauses">${clauseView(trial, clause)}</ul>`}`;
}

function clauseView(trial: Visit['texts']['trial'], clause: Clause): Html {
  const { kind, text, verdict, decides, operands, terms } = clause;
  const isLeaf = terms.length === 0;
  return html`<li>
    ${isLeaf ? html`<code>${text}</code>` : html`<em>${trial.kinds[kind]}</em>:`}
    <span>${trial.verdicts[`${verdict}`]}</span>${decides && html` <span class="badge decides">${trial.decides}</span>`}
    ${
      operands.length > 0 &&
      html`<span class="hint operands">${operands.map(
        (operand) =>
          html`<span><code>${operand.text}</code> ${trial.was} <code>${shownValue(operand.value)}</code></span>`,
      )}</span>`
    }
    ${!isLeaf && html`<ul class="clauses">${terms.map((term) => clauseView(trial, term))}</ul>`}
  </li>`;
}

/** Longest part of a value that is shown. */
const SHOWN = 120;

function shownValue(value: unknown): string {
  const text = stringifyJson(value) ?? 'null';
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text;
}
