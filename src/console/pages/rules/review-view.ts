import type { Collection } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { csrfField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { collectionTabs } from '../collections/tabs.ts';
import { rulesPath } from './paths.ts';
import { type EditedRule, isSameRule, type RuleName, type RuleSet, ruleSetOf } from './rule-set.ts';

/** Rules that somebody wants to save. */
export interface Review {
  readonly collection: Collection;
  readonly set: RuleSet;
  readonly revision: string;
  /** Another admin was faster: the difference is to what they made. */
  readonly isLate: boolean;
}

/** The names of the rules that are other than those stored. */
export function changedRules(collection: Collection, set: RuleSet): readonly RuleName[] {
  const stored = ruleSetOf(collection);
  return [...set.keys()].filter((name) => !isSameRule(stored.get(name), set.get(name)));
}

/** What will change, before it does. The rules are kept in the form, which can be saved or gone back to. */
export function reviewView(visit: Visit, { collection, set, revision, isLate }: Review): PageView {
  const { rules, collections } = visit.texts;
  const changed = changedRules(collection, set);
  const stored = ruleSetOf(collection);
  return {
    title: rules.reviewTitle,
    section: 'collections',
    crumbs: [
      { text: collections.title, path: '/_/collections' },
      { text: collection.name, path: rulesPath(collection.name) },
    ],
    tabs: collectionTabs(visit.texts, collection, 'rules'),
    status: isLate ? 422 : 200,
    body: html`${isLate && html`<p role="alert" class="notice error">${rules.changedMeanwhile}</p>`}
      <p class="prose">${rules.reviewBody}</p>
      ${changed.includes('auth') && html`<p class="notice">${rules.endsSessions}</p>`}
      <div class="table-wrap" tabindex="0" role="region" aria-label="${rules.reviewTitle}"><table>
        <thead><tr><th scope="col">${rules.rule}</th><th scope="col">${rules.before}</th><th scope="col">${rules.after}</th></tr></thead>
        <tbody>${changed.map((name) => row(visit, name, stored.get(name), set.get(name)))}</tbody>
      </table></div>
      <form action="${rulesPath(collection.id)}" method="post">
        ${csrfField(visit)}
        <input type="hidden" name="revision" value="${revision}">
        ${[...set].map(
          ([name, { kind, text }]) => html`<input type="hidden" name="kind.${name}" value="${kind}">
        <input type="hidden" name="rule.${name}" value="${text}">`,
        )}
        <div class="buttons">
          <button class="primary" type="submit" name="step" value="save">${rules.save}</button>
          <button type="submit" name="step" value="check">${rules.back}</button>
        </div>
      </form>`,
  };
}

function row(
  visit: Visit,
  name: RuleName,
  before: EditedRule | undefined,
  after: EditedRule | undefined,
): Html {
  const { rules } = visit.texts;
  const opens = after?.kind === 'everyone' && (name === 'create' || name === 'update' || name === 'delete');
  return html`<tr>
    <th scope="row">${rules.names[name]}</th>
    <td>${inWords(visit, before)}</td>
    <td>${inWords(visit, after)}${opens && html`<p><span class="error">${rules.opensToAll}</span></p>`}</td>
  </tr>`;
}

function inWords({ texts: { rules } }: Visit, rule: EditedRule | undefined): Html | undefined {
  if (rule === undefined) return undefined;
  return rule.kind === 'condition' ? html`<code>${rule.text}</code>` : html`${rules.kinds[rule.kind]}`;
}
