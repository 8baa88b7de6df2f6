import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { csrfField } from '../../parts/form.ts';
import { hasHelpKey } from '../../shortcut-keys.ts';
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
        ...(hasHelpKey(visit) ? [[key('?'), shortcuts.helpKey] as const] : []),
        [html`${key(shortcuts.control)} + ${key('K')} ${key('?')}`, shortcuts.thisPage],
        [key('Tab'), shortcuts.nextThing],
        [html`${key('Tab')} ${key('Enter')}`, shortcuts.skip],
        [key('Esc'), shortcuts.closeDialog],
      ])}
      ${table(visit, 'lists', [
        [html`${key('↓')} ${key('↑')}`, shortcuts.choose],
        [key('Enter'), shortcuts.take],
      ])}
      ${table(visit, 'grid', [
        [html`${key('↑')} ${key('↓')} ${key('←')} ${key('→')}`, shortcuts.otherCell],
        [html`${key('Enter')} ${key('F2')}`, shortcuts.editCell],
        [key('Enter'), shortcuts.saveCell],
        [key('Tab'), shortcuts.saveAndGoOn],
        [html`${key(shortcuts.shift)} + ${key('Enter')}`, shortcuts.newLine],
        [key('Esc'), shortcuts.leaveCell],
        [html`${key(shortcuts.control)} + ${key('Z')}`, shortcuts.undoCell],
        [html`${key(shortcuts.shift)} + ${shortcuts.click}`, shortcuts.selectRange],
      ])}
      ${table(visit, 'statements', [[html`${key(shortcuts.control)} + ${key('Enter')}`, shortcuts.runStatement]])}
      <form action="/_/shortcuts" method="post">${csrfField(visit)}
        <p class="hint">${shortcuts.helpKeyBody}</p>
        <div class="buttons"><button type="submit" name="help" value="${hasHelpKey(visit) ? 'off' : 'on'}">${
          hasHelpKey(visit) ? shortcuts.helpKeyOff : shortcuts.helpKeyOn
        }</button></div>
      </form>`,
  };
}

function table(
  { texts }: Visit,
  area: 'everywhere' | 'lists' | 'grid' | 'statements',
  rows: readonly Row[],
): Html {
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
