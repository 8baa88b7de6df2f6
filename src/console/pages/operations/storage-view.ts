import type { Core } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { shareBar } from '../../parts/bar-chart.ts';
import { csrfField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { type WorkPlaces, worksView } from './storage-works-view.ts';
import { operationsTabs } from './tabs.ts';

type Usage = Awaited<ReturnType<Core['files']['usage']>>;
type StorageInfo = Awaited<ReturnType<Core['storages']['list']>>[number];
type TestStep = ReturnType<Core['storages']['test']> extends AsyncIterable<infer One> ? One : never;

/** What the page of storages shows. */
export interface StorageData extends WorkPlaces {
  readonly usage: Usage;
  readonly storages: readonly StorageInfo[];
  /** How a test that was just made went. */
  readonly test?: { readonly name: string; readonly steps: readonly TestStep[] };
}

/** Where files lie, and how much of what. */
export function storageView(visit: Visit, data: StorageData): PageView {
  const { texts, format } = visit;
  const { storage, files } = texts;
  const { total } = data.usage;
  return {
    title: storage.title,
    section: 'operations',
    tabs: operationsTabs(visit, 'storage'),
    body: html`<p class="muted">${files.total(format.number(total.files), format.bytes(total.bytes))}</p>
      <h2>${storage.byCollection}</h2>${usageTable(visit, data.usage)}
      <h2>${storage.storages}</h2>${storagesTable(visit, data.storages)}
      ${data.test && testResult(visit, data.test)}
      ${worksView(visit, data)}`,
  };
}

function usageTable({ texts, format }: Visit, { collections, total }: Usage): Html {
  const { storage, files } = texts;
  if (collections.length === 0) return html`<p>${files.emptyTitle}.</p>`;
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label="${storage.byCollection}">
    <table>
      <thead><tr><th scope="col">${files.collection}</th><th scope="col" class="number">${files.title}</th><th scope="col" class="number">${files.size}</th><th scope="col">${storage.share}</th></tr></thead>
      <tbody>${collections.map(
        ({ name, files: count, bytes }) => html`<tr>
        <th scope="row">${
          name === ''
            ? storage.gone
            : html`<a href="/_/files?collection=${encodeURIComponent(name)}">${name}</a>`
        }</th>
        <td class="number">${format.number(count)}</td><td class="number">${format.bytes(bytes)}</td>
        <td class="share-cell">${shareBar(bytes, total.bytes)}</td>
      </tr>`,
      )}</tbody>
    </table>
  </div>`;
}

function storagesTable(visit: Visit, storages: readonly StorageInfo[]): Html {
  const { texts, format } = visit;
  const { storage, files } = texts;
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label="${storage.storages}">
    <table>
      <thead><tr><th scope="col">${files.storage}</th><th scope="col">${files.type}</th><th scope="col" class="number">${files.title}</th><th scope="col" class="number">${files.size}</th><th scope="col">${storage.test}</th></tr></thead>
      <tbody>${storages.map(
        ({ name, type, isDefault, objects, bytes }) => html`<tr>
        <th scope="row">${name}${isDefault && html` <span class="badge">${storage.isDefault}</span>`}</th>
        <td>${type}</td><td class="number">${format.number(objects)}</td><td class="number">${format.bytes(bytes)}</td>
        <td><form action="/_/operations/storage/${encodeURIComponent(name)}/tests" method="post">${csrfField(visit)}
          <button type="submit" aria-label="${storage.test}: ${name}">${storage.test}</button></form></td>
      </tr>`,
      )}</tbody>
    </table>
  </div>`;
}

function testResult({ texts, format }: Visit, { name, steps }: NonNullable<StorageData['test']>): Html {
  const { storage } = texts;
  const isWell = steps.every(({ ok }) => ok);
  return html`<section class="card" aria-labelledby="test-title">
    <h2 id="test-title">${storage.testTitle(name)}</h2>
    <p role="status" class="${isWell ? 'notice' : 'notice error'}">${isWell ? storage.testWell : storage.testFailed}</p>
    <ol class="outcomes">${steps.map(
      ({ step, ok, milliseconds, error }) =>
        html`<li><span class="${ok ? 'badge' : 'badge danger'}">${
          ok ? storage.ok : storage.failed
        }</span> ${storage.steps[step]} <span class="muted">${format.number(Math.round(milliseconds))} ms</span> ${error}</li>`,
    )}</ol>
  </section>`;
}
