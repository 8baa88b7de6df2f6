import { html } from '../../html.ts';
import { icon } from '../../parts/icon.ts';
import { type ControlStyle, controlId, described, mostOf, optionOf, textsOf } from './control.ts';
import { isPicture } from './file.ts';
import { fileDetailPath, filePath } from './paths.ts';
import { partName, typedOf } from './typed.ts';

/** The part of a file field's control that brings new files. */
export const NEW_FILES = 'new';

const move = (by: -1 | 1, text: string) =>
  html`<button type="button" class="scripted" data-move="${by}" aria-label="${text}" title="${text}">${icon(by < 0 ? 'up' : 'down')}</button>`;

/** The files that a record has, each to be removed or moved, and a control for new ones, which follow them. */
export const fileControl: ControlStyle = {
  parts: ['name', 'position', 'remove'],
  isGroup: () => true,
  show(value) {
    const names = textsOf(value);
    return typedOf({ name: names, position: names.map((_, index) => String(index + 1)) });
  },
  markup(control) {
    const { visit, collection, field, typed, record, files } = control;
    const { form: recordForm } = visit.texts.records;
    const names = typed.get('name') ?? [];
    const most = mostOf(field);
    const part = (name: string) => partName(field.name, name);
    const id = controlId(control, NEW_FILES);
    const types = textsOf(optionOf(field, 'mimeTypes'));
    const list =
      names.length > 0 &&
      html`<ul class="held">${names.map((name, index) => {
        const facts = files.find((one) => one.fieldId === field.id && one.name === name);
        const title = facts?.originalName || name;
        const path = record && filePath(collection.name, String(record.values.id), name, 'small');
        return html`<li>
          ${path && facts && isPicture(facts.type) ? html`<img src="${path}" alt="" width="48" height="48" loading="lazy">` : icon('file')}
          ${
            record
              ? html`<a class="held-name" href="${fileDetailPath(collection.name, String(record.values.id), name)}" target="_blank">${title}</a>`
              : html`<span class="held-name">${title}</span>`
          }
          ${
            most > 1 &&
            names.length > 1 &&
            html`<span class="moves">${move(-1, recordForm.earlier(title))}${move(1, recordForm.later(title))}</span>`
          }
          <input type="hidden" name="${part('name')}" value="${name}">
          ${
            most > 1
              ? html`<label class="position unscripted">${recordForm.position}<input type="number" min="1" name="${part('position')}" data-place aria-label="${recordForm.positionOf(title)}"
            value="${typed.get('position')?.[index] ?? String(index + 1)}"></label>`
              : html`<input type="hidden" name="${part('position')}" value="1">`
          }
          <label class="check"><input type="checkbox" name="${part('remove')}" value="${name}" aria-label="${recordForm.removeFile(title)}"${
            (typed.get('remove') ?? []).includes(name) && html` checked`
          }> ${recordForm.remove}</label>
        </li>`;
      })}</ul>`;
    const { definition } = visit.texts;
    return html`${
      most > 1
        ? html`<sortable-list moved="${definition.moved}" handle="${definition.drag}">${list}</sortable-list>`
        : list
    }
    <div class="field"><label for="${id}">${most > 1 ? recordForm.addFiles : recordForm.newFile}</label>
      <input id="${id}" name="${part(NEW_FILES)}" type="file"${most > 1 && html` multiple`}${
        types.length > 0 && html` accept="${types.join(',')}"`
      }${described(control)}></div>`;
  },
  read(typed, field) {
    const names = typed.get('name') ?? [];
    const positions = typed.get('position') ?? [];
    const removed = new Set(typed.get('remove') ?? []);
    const isOrdered = positions.length === names.length;
    const placed = names.map((name, index) => ({ name, at: isOrdered ? Number(positions[index]) : index }));
    const kept = placed.toSorted((a, b) => a.at - b.at).filter(({ name }) => !removed.has(name));
    return mostOf(field) > 1 ? kept.map(({ name }) => name) : (kept.at(-1)?.name ?? '');
  },
};
