import { type Html, html } from '../../html.ts';
import type { Visit } from '../../visit.ts';
import { longCell } from './cells.ts';
import { optionOf } from './control.ts';
import { keepName } from './draft.ts';
import type { RecordForm } from './form-view.ts';

/** That another admin changed the record meanwhile; of what both changed, both versions, to choose one of. */
export function conflictNotice(visit: Visit, form: RecordForm): Html | undefined {
  const { conflicts = [], record, collection, files } = form;
  if (record === undefined) return undefined;
  const { form: recordForm } = visit.texts.records;
  const rows = conflicts.map((field) => {
    const isSecret = field.type === 'password' || optionOf(field, 'writeOnly') === true;
    const mine = isSecret ? visit.texts.records.secret : typedText(form, field.name);
    const theirs = longCell({ visit, collection, record, field, files, value: record.values[field.name] });
    const pick = (value: 'mine' | 'theirs', text: string, shown: Html) =>
      html`<td><label class="check"><input type="radio" name="${keepName(field.name)}" value="${value}"${
        value === 'mine' && html` checked`
      }> <span>${text}<span class="visually-hidden">: ${field.name}</span></span></label>${shown}</td>`;
    return html`<tr><th scope="row">${field.name}</th>
      ${pick('mine', recordForm.keepYours, html`<span class="lines">${mine}</span>`)}${pick('theirs', recordForm.keepTheirs, theirs)}</tr>`;
  });
  return html`<section class="notice error" role="alert">
    <h2>${recordForm.changedTitle}</h2>
    <p>${recordForm.changedBody}</p>
  </section>${
    conflicts.length > 0 &&
    html`<div class="table-wrap" tabindex="0" role="region" aria-label="${recordForm.differences}"><table class="versions">
      <thead><tr><th scope="col">${recordForm.field}</th><th scope="col">${recordForm.yours}</th><th scope="col">${recordForm.theirs}</th></tr></thead>
      <tbody>${rows}</tbody></table></div>`
  }`;
}

/** What was typed, as it is sent; of a relation what its records are called. */
function typedText({ draft, choices }: RecordForm, name: string): string {
  const names = new Map(choices.get(name)?.chosen.map((one) => [one.id, one.name]));
  return [...(draft.get(name)?.values() ?? [])]
    .flat()
    .map((text) => names.get(text) ?? text)
    .join(', ');
}
