import { type Html, type HtmlValue, html } from '../html.ts';

/** What is known of one thing: names and values. Values that are undefined are left out. */
export function factList(facts: readonly (readonly [string, HtmlValue])[]): Html {
  const known = facts.filter(([, value]) => value !== undefined);
  return html`<dl class="facts">${known.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`,
  )}</dl>`;
}
