import { html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import type { Visit } from '../../visit.ts';
import type { Place } from './places.ts';

/** The box that leads everywhere: a page, and what stands in the dialog. */
export function paletteView({ texts }: Visit, typed: string, found: readonly Place[]): PageView {
  const { palette, shortcuts } = texts;
  const part = html`<jump-list>
    <form action="/_/palette" method="get" role="search">
      <div class="field">
        <label for="palette-query">${palette.query}</label>
        <input id="palette-query" name="q" type="search" value="${typed}" maxlength="200" autofocus autocomplete="off"
          autocapitalize="off" spellcheck="false" aria-describedby="palette-hint">
        <span id="palette-hint" class="hint">${palette.hint}</span>
      </div>
      <noscript><button type="submit">${palette.search}</button></noscript>
    </form>
    <p role="status" class="hint">${found.length === 0 ? palette.nothing : palette.found(found.length)}</p>
    <ul id="palette-results" class="jumps" aria-label="${palette.results}">${found.map(
      ({ title, kind, path }) =>
        html`<li><a class="jump" href="${path}"><span>${title}</span> <span class="badge">${kind}</span></a></li>`,
    )}</ul>
    <p class="hint"><a href="/_/shortcuts">${shortcuts.title}</a></p>
  </jump-list>`;
  return { title: palette.title, body: part, part };
}
