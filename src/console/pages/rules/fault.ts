import { type Html, html } from '../../html.ts';
import type { Visit } from '../../visit.ts';
import type { RuleFault } from './rule-set.ts';

const AROUND = 24;

/** What is wrong with a rule, with the place in its text; nothing where nothing is. */
export function faultMessage({ texts }: Visit, fault: RuleFault | undefined, text: string): Html | undefined {
  if (fault === undefined) return undefined;
  const { rules } = texts;
  if (fault.kind === 'empty') return html`<span class="error">${rules.emptyCondition}</span>`;
  if (fault.kind === 'fixed') return html`<span class="error">${rules.fixed}</span>`;
  if (fault.kind === 'other') return html`<span class="error">${rules.other(fault.message ?? '')}</span>`;
  const { at = 0, length = 0, message = '' } = fault;
  const from = Math.max(0, at - AROUND);
  const end = at + length;
  return html`<span class="error">${rules.problemAt(at + 1)} <span lang="en">${message}</span></span>
    <code class="excerpt">${from > 0 && '…'}${text.slice(from, at)}<mark>${text.slice(at, end) || ' '}</mark>${text.slice(end, end + AROUND)}${
      end + AROUND < text.length && '…'
    }</code>`;
}
