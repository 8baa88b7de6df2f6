import { Elysia } from 'elysia';
import { AppError, type Core } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { factList } from '../../parts/facts.ts';
import { noMessages, textField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { operationsTabs } from './tabs.ts';

type Licence = Awaited<ReturnType<Core['health']['licences']>>[number];

/** What the program is, and what it is made of: each part with the whole text of its licence. */
export const aboutPages = (console: Console) =>
  new Elysia({ name: 'console.about' }).get('/operations/about', ({ request }) =>
    console.show(request, async (visit) => {
      const { health } = console.core;
      const licences = await health.licences(visit.actor);
      const asked = visit.url.searchParams.get('licence');
      if (asked === null) {
        const search = visit.url.searchParams.get('q')?.trim().slice(0, 100) ?? '';
        const shown = licences.filter((one) => isFound(one, search));
        return aboutView(visit, await health.report(visit.actor), shown, search);
      }
      const found = licences.find((one) => nameOf(one) === asked);
      if (found === undefined) throw new AppError('not_found', { reason: 'licence' });
      return licenceView(visit, found);
    }),
  );

function aboutView(
  visit: Visit,
  {
    version,
    runtime,
    platform,
  }: Pick<Awaited<ReturnType<Core['health']['report']>>, 'version' | 'runtime' | 'platform'>,
  licences: readonly Licence[],
  search: string,
): PageView {
  const { about, records } = visit.texts;
  return {
    title: about.title,
    section: 'operations',
    tabs: operationsTabs(visit, 'about'),
    body: html`${factList([
      ['Dossier', version],
      [about.runtime, runtime],
      [about.platform, platform],
    ])}
    <h2>${about.licences}</h2>
    <form class="toolbar" action="/_/operations/about" method="get" role="search">
      ${textField({ name: 'q', label: about.search, value: search, type: 'search', messages: noMessages, maxLength: 100 })}
      <div class="buttons"><button type="submit">${records.apply}</button>${
        search !== '' && html`<a class="button" href="/_/operations/about">${records.reset}</a>`
      }</div>
    </form>
    <p role="status" class="muted">${about.found(visit.format.number(licences.length))}</p>
    <div class="table-wrap" tabindex="0" role="region" aria-label="${about.licences}">
      <table>
        <thead><tr><th scope="col">${about.part}</th><th scope="col">${about.version}</th><th scope="col">${about.licence}</th></tr></thead>
        <tbody>${licences.map(
          (one) => html`<tr>
          <th scope="row">${
            one.text === ''
              ? one.name
              : html`<a href="/_/operations/about?licence=${encodeURIComponent(nameOf(one))}">${one.name}</a>`
          }</th>
          <td>${one.version}</td><td>${one.licence}</td>
        </tr>`,
        )}</tbody>
      </table>
    </div>`,
  };
}

function licenceView(visit: Visit, one: Licence): PageView {
  return {
    title: nameOf(one),
    section: 'operations',
    crumbs: [{ text: visit.texts.about.title, path: '/_/operations/about' }],
    body: html`<p>${one.licence}</p><pre class="whole" tabindex="0">${one.text}</pre>`,
  };
}

/** Part of the name, the version or the name of the licence; letters in either case. */
function isFound({ name, version, licence }: Licence, search: string): boolean {
  return [name, version, licence].some((text) => text.toLowerCase().includes(search.toLowerCase()));
}

function nameOf({ name, version }: Licence): string {
  return `${name} ${version}`;
}
