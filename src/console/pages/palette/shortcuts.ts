import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import type { Visit } from '../../visit.ts';

type Row = readonly [keys: Html, does: string];

/** The page about keys. */
export function shortcutsView(visit: Visit): PageView {
  const { shortcuts } = visit.texts;
  return {
    title: shortcuts.title,
    body: html`<p>${shortcuts.intro}</p>
      ${table(visit, 'everywhere', [
        [html`${key(shortcuts.control)} + ${key('K')}`, shortcuts.openPalette],
        [key('?'), shortcuts.thisPage],
        [key('Tab'), shortcuts.nextThing],
        [html`${key('Tab')} ${key('Enter')}`, shortcuts.skip],
        [key('Esc'), shortcuts.closeDialog],
      ])}
      ${table(visit, 'lists', [
        [html`${key('↓')} ${key('↑')}`, shortcuts.choose],
        [key('Enter'), shortcuts.take],
      ])}`,
  };
}

function table({ texts }: Visit, area: 'everywhere' | 'lists', rows: readonly Row[]): Html {
  const { shortcuts } = texts;
  return html`<section class="keys" aria-labelledby="${area}"><h2 id="${area}">${shortcuts[area]}</h2>
    <div class="table-wrap"><table>
      <thead><tr><th scope="col">${shortcuts.keys}</th><th scope="col">${shortcuts.does}</th></tr></thead>
      <tbody>${rows.map(([keys, does]) => html`<tr><td>${keys}</td><td>${does}</td></tr>`)}</tbody>
    </table></div>
  </section>`;
}

function key(name: string): Html {
  return html`<kbd>${name}</kbd>`;
}
