import type { Clause, Collection, RuleVerdict } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import { selectField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { rulesPath } from './paths.ts';
import { actions } from './rule-set.ts';
import type { Choice, TrialOutcome, TrialState } from './trial.ts';

/** The part of the rules' form that tries them, and its outcome. */
export function trialSection(visit: Visit, { name }: Collection, state: TrialState): Html {
  const { trial, rules } = visit.texts;
  const { form, outcome, collections } = state;
  return html`<section class="card trial" aria-labelledby="trial-title">
    <h2 id="trial-title">${trial.title}</h2>
    <p>${trial.body}</p>
    ${selectField({
      ...{ name: 'trial.action', label: trial.action, value: form.action },
      options: actions.map((value) => ({ value, text: rules.names[value] })),
    })}
    ${selectField({
      ...{ name: 'trial.collection', label: trial.collection, value: form.collection },
      options: [
        { value: '', text: trial.guest },
        ...collections.map((value) => ({ value, text: trial.accountOf(value) })),
      ],
    })}
    ${offered('account', trial.account, form.account, state.accounts)}
    ${offered('record', trial.record, form.record, state.records)}
    <div class="field trial-input">
      <label for="trial.input">${trial.input}</label>
      <textarea id="trial.input" name="trial.input" class="mono" rows="3" spellcheck="false"
        aria-describedby="trial-input-hint">${form.input}</textarea>
      <span id="trial-input-hint" class="hint">${trial.inputHint}</span>
    </div>
    <div class="buttons"><button type="submit" name="step" value="trial" hx-post="${rulesPath(name)}"
      hx-target="#trial-outcome" hx-swap="innerHTML">${trial.run}</button></div>
    <div id="trial-outcome" aria-live="polite">${outcome && trialOutcome(visit, outcome)}</div>
  </section>`;
}

function offered(name: 'account' | 'record', label: string, value: string, choices: readonly Choice[]): Html {
  return html`<div class="field trial-${name}">
    <label for="trial.${name}">${label}</label>
    <input id="trial.${name}" name="trial.${name}" value="${value}" list="trial-${name}s" autocomplete="off" maxlength="200">
    <datalist id="trial-${name}s">${choices.map(
      (choice) => html`<option value="${choice.value}">${choice.text}</option>`,
    )}</datalist>
  </div>`;
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
  const { kind, text, verdict, decides, terms } = clause;
  const isLeaf = terms.length === 0;
  return html`<li>
    ${isLeaf ? html`<code>${text}</code>` : html`<em>${trial.kinds[kind]}</em>:`}
    <span>${trial.verdicts[`${verdict}`]}</span>${decides && html` <span class="badge decides">${trial.decides}</span>`}
    ${!isLeaf && html`<ul class="clauses">${terms.map((term) => clauseView(trial, term))}</ul>`}
  </li>`;
}
