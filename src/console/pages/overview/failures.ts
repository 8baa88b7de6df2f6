import { type Html, html } from '../../html.ts';
import type { Visit } from '../../visit.ts';
import type { Overview } from './data.ts';

/** The last errors: requests that the server failed, and what it wrote down as an error. */
export function failureTable({ texts, format }: Visit, failures: Overview['failures']): Html {
  const { overview } = texts;
  if (failures === undefined) return html`<p>${overview.errorsOff}</p>`;
  if (failures.length === 0) return html`<p>${overview.errorsNone}</p>`;
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label="${overview.errorsTable}"><table>
    <thead><tr><th scope="col">${overview.when}</th><th scope="col">${overview.what}</th><th scope="col">${overview.how}</th></tr></thead>
    <tbody>${failures.map((entry) => {
      const isRequest = entry.kind === 'request';
      return html`<tr>
        <td>${format.moment(new Date(entry.time).toISOString())}</td>
        <th scope="row" class="mono"><a href="/_/operations/requests/${entry.id}">${isRequest ? `${entry.method} ${entry.path}` : entry.event}</a></th>
        <td class="mono">${isRequest ? entry.status : entry.facts.slice(0, 300)}</td>
      </tr>`;
    })}</tbody>
  </table></div>`;
}
