import type { Actor, Collection, Core, Field, RecordView } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { Visit } from '../../visit.ts';
import { nameOf } from './cells.ts';
import { type Choice, type ControlStyle, controlId, mostOf, optionOf, textsOf } from './control.ts';
import { collectionPath } from './paths.ts';
import { partName, textIn, typedOf } from './typed.ts';

/** Records that are offered beside those that are chosen. */
const OFFERED = 20;

/**
 * The records of the other collection to choose from, chosen ones first: boxes, or one of them where only one can be. They can
 * be searched where there is script; an id can be typed in any case.
 */
export const relationControl: ControlStyle = {
  parts: ['', 'id'],
  isGroup: () => true,
  show: (value) => typedOf({ '': textsOf(value) }),
  markup(control) {
    const { visit, collection, field, typed } = control;
    const { form: recordForm } = visit.texts.records;
    const id = controlId(control);
    const list = `${id}-list`;
    const path = `${collectionPath(collection.name)}/choices?field=${encodeURIComponent(field.name)}`;
    return html`<div class="relation">
      <div class="field scripted"><label for="${id}-search">${recordForm.search}</label>
        <input id="${id}-search" name="search" type="search" autocomplete="off" hx-get="${path}" hx-trigger="input changed delay:200ms"
          hx-include="#${list}" hx-target="#${list}" hx-swap="innerHTML"></div>
      <div id="${list}" class="choices" role="group" aria-label="${field.name}">${choiceList(visit, field, control.choices, typed.get('') ?? [])}</div>
      <div class="field"><label for="${controlId(control, 'id')}">${recordForm.orId}</label>
        <input id="${controlId(control, 'id')}" name="${partName(field.name, 'id')}" type="text" class="mono" autocomplete="off"
          spellcheck="false" value="${textIn(typed, 'id')}"></div>
    </div>`;
  },
  read(typed, field) {
    const ids = [...(typed.get('') ?? []), ...textIn(typed, 'id').split(/[\s,]+/)].filter((id) => id !== '');
    return mostOf(field) > 1 ? ids : (ids.at(-1) ?? '');
  },
};

/** The boxes of a relation, chosen ones checked. */
export function choiceList(
  { texts }: Visit,
  field: Field,
  choices: readonly Choice[],
  chosen: readonly string[],
): Html {
  const name = partName(field.name, '');
  const isSeveral = mostOf(field) > 1;
  const box = (value: string, text: Html, isChecked: boolean) =>
    html`<label class="check"><input type="${isSeveral ? 'checkbox' : 'radio'}" name="${name}" value="${value}"${
      isChecked && html` checked`
    }> ${text}</label>`;
  return html`${!isSeveral && box('', html`<span class="muted">${texts.records.none}</span>`, chosen.length === 0)}${choices.map(
    (choice) =>
      box(
        choice.id,
        html`${choice.name} ${choice.name !== choice.id && html`<code>${choice.id}</code>`}`,
        chosen.includes(choice.id),
      ),
  )}`;
}

/** The chosen records of a relation, and others that the search finds in what they are called. */
export async function findChoices(
  core: Core,
  actor: Actor,
  field: Field,
  chosen: readonly string[],
  search = '',
): Promise<readonly Choice[]> {
  const target = core.collections.schema.byId(String(optionOf(field, 'collectionId')));
  if (target === undefined) return chosen.map((id) => ({ id, name: id }));
  const list = async (filter: string, limit: number): Promise<readonly RecordView[]> =>
    (
      await core.records.list(actor, target, {
        ...{ page: 1, perPage: OFFERED, skipTotal: true, range: { offset: 0, limit } },
        ...(filter !== '' && { filter }),
      })
    ).items;
  const wanted = chosen.filter(isSafe).slice(0, 50);
  const known =
    wanted.length === 0 ? [] : await list(wanted.map((id) => `id = "${id}"`).join(' || '), wanted.length);
  const found = await list(searchFilter(target, search), OFFERED);
  const choices = new Map<string, Choice>(chosen.map((id) => [id, { id, name: id }]));
  for (const record of [...known, ...found]) {
    const id = String(record.values.id);
    choices.set(id, { id, name: nameOf(record) });
  }
  return [...choices.values()];
}

/** A text between quotes of a filter; one that would end them is not looked for. */
function isSafe(text: string): boolean {
  return !/["\\]/.test(text);
}

function searchFilter(target: Collection, search: string): string {
  const words = search.trim().slice(0, 100).replaceAll(/["\\]/g, ' ').trim();
  if (words === '') return '';
  const texts = target.fields.filter(
    ({ type, hidden, presentable, name }) =>
      !hidden &&
      ['text', 'email', 'string'].includes(type) &&
      (presentable || name === 'id' || /^(?:title|name|label|username|email)$/.test(name)),
  );
  return texts.map(({ name }) => `${name} ~ "${words}"`).join(' || ');
}
