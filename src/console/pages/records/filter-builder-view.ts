import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import type { Visit } from '../../visit.ts';
import { collectionTabs } from '../collections/tabs.ts';
import type { Building } from './filter-builder.ts';
import type { FilterField } from './filter-fields.ts';
import { localForm, opOf, type TypedGroup, type TypedRow } from './filter-form-state.ts';
import { builderPlace, filterPath } from './filter-place.ts';
import { opsOf, type RowOp } from './filter-rows.ts';
import { gridPath } from './grid-state.ts';
import { hiddenState } from './hidden-state.ts';
import { collectionPath } from './paths.ts';

/** The page that builds a filter; its part is put into the grid's. */
export function filterBuilderView(visit: Visit, building: Building): PageView {
  const { texts } = visit;
  const { collection } = building;
  const part =
    building.groups === undefined
      ? cannotShow(visit, building)
      : builderForm(visit, building, building.groups);
  return {
    title: texts.filters.title,
    section: 'collections',
    crumbs: [
      { text: texts.collections.title, path: '/_/collections' },
      { text: collection.name, path: collectionPath(collection.name) },
    ],
    tabs: collectionTabs(texts, collection, 'records'),
    isWide: true,
    body: builderPlace(part),
    part,
  };
}

function cannotShow({ texts }: Visit, { collection, state }: Building): Html {
  const { filters } = texts;
  const path = filterPath(collection, { ...state, filter: '' });
  return html`<div class="builder"><p class="notice" role="status">${filters.notRows}</p>
    <p><code>${state.filter}</code></p>
    <div class="buttons"><a class="button" href="${path}" hx-get="${path}">${filters.afresh}</a>
      <a class="button" href="${gridPath(collection, state)}">${filters.cancel}</a></div></div>`;
}

function builderForm(visit: Visit, building: Building, groups: readonly TypedGroup[]): Html {
  const { filters } = visit.texts;
  const { collection, state, isTooLong } = building;
  const [own, ...others] = groups;
  const path = `${collectionPath(collection.name)}/filter`;
  const count = (own?.rows.length ?? 0) + others.length;
  return html`<form id="builder" class="builder" action="${path}" method="get" hx-get="${path}" aria-label="${filters.title}">
    ${hiddenState(state)}
    <button class="visually-hidden" type="submit" name="step" value="apply" tabindex="-1" aria-hidden="true">${filters.show}</button>
    ${isTooLong && html`<p role="alert" class="notice error">${filters.tooLong}</p>`}
    ${modeChoice(visit, 0, own?.mode ?? 'all', filters.whichHold, count > 1)}
    ${own && rowList(visit, building, 0, own)}
    ${others.map(
      (
        group,
        index,
      ) => html`<fieldset class="row-group"><legend class="visually-hidden">${filters.groupHolds(index + 1)}</legend>
      ${modeChoice(visit, index + 1, group.mode, filters.groupHolds(index + 1), true)}
      ${rowList(visit, building, index + 1, group)}
      ${stepButton(`add.${index + 1}`, filters.addTo(index + 1), building)}
    </fieldset>`,
    )}
    <div class="toolbar">
      <button class="primary" type="submit" name="step" value="apply">${filters.show}</button>
      ${stepButton('add.0', filters.addCondition, building)}${stepButton('group', filters.addGroup, building)}
      <button class="unscripted" type="submit" name="step" value="update">${filters.update}</button>
      <a class="button" href="${gridPath(collection, state)}">${filters.cancel}</a>
    </div>
  </form>`;
}

function stepButton(step: string, text: string, { focus }: Building): Html {
  const id = step.replace('.', '-');
  return html`<button id="${id}" type="submit" name="step" value="${step}"${focus === id && html` autofocus`}>${text}</button>`;
}

function modeChoice({ texts }: Visit, group: number, mode: string, label: string, isAsked: boolean): Html {
  const { filters } = texts;
  if (!isAsked) return html`<input type="hidden" name="mode.${group}" value="${mode}">`;
  return html`<div class="mode"><label for="mode-${group}">${label}</label>
    <select id="mode-${group}" name="mode.${group}">${(['all', 'any'] as const).map(
      (one) => html`<option value="${one}"${one === mode && html` selected`}>${filters[one]}</option>`,
    )}</select></div>`;
}

function rowList(visit: Visit, building: Building, group: number, { rows }: TypedGroup): Html {
  return html`<ul class="filter-rows">${rows.map((row, index) => html`<li>${rowFields(visit, building, `${group}.${index}`, row)}</li>`)}</ul>`;
}

function rowFields(visit: Visit, building: Building, at: string, row: TypedRow): Html {
  const { filters } = visit.texts;
  const { collection, fields, find, focus } = building;
  const field = find(row.path) ?? fields[0];
  if (field === undefined) return html``;
  const op = opOf(field, row.op);
  const id = at.replace('.', '-');
  const path = `${collectionPath(collection.name)}/filter`;
  const refresh = html` hx-get="${path}" hx-include="closest form" hx-trigger="change"`;
  const offered = fields.some((one) => one.path === field.path) ? fields : [...fields, field];
  const name = filters.condition(Number(at.split('.')[1]) + 1);
  return html`<fieldset class="filter-row"><legend class="visually-hidden">${name}</legend>
    <input type="hidden" name="was.${at}" value="${field.path}">
    <select id="path-${id}" name="path.${at}" aria-label="${filters.field}"${refresh}${focus === `path-${id}` && html` autofocus`}>${offered.map(
      (one) =>
        html`<option value="${one.path}"${one.path === field.path && html` selected`}>${one.path.replaceAll('.', ' · ')}</option>`,
    )}</select>
    <select id="op-${id}" name="op.${at}" aria-label="${filters.comparison}"${refresh}>${opsOf(field).map(
      (one) =>
        html`<option value="${one}"${one === op && html` selected`}>${wordOf(visit, field, one)}</option>`,
    )}</select>
    <div class="filter-value">${valueControl(visit, building, { at, id, row, field, op })}${
      row.problem && html`<span id="error-${id}" class="error">${filters.problems[row.problem]}</span>`
    }</div>
    <button type="submit" name="step" value="remove.${at}" aria-label="${filters.remove}: ${name}" title="${filters.remove}">×</button>
  </fieldset>`;
}

function wordOf({ texts }: Visit, { kind, isMany }: FilterField, op: RowOp): string {
  const { ops, dateOps, manyOps } = texts.filters;
  const own: Partial<Record<RowOp, string>> = kind === 'date' ? dateOps : isMany ? manyOps : {};
  return own[op] ?? ops[op];
}

interface ValuePlace {
  readonly at: string;
  readonly id: string;
  readonly row: TypedRow;
  readonly field: FilterField;
  readonly op: RowOp;
}

function valueControl(visit: Visit, building: Building, place: ValuePlace): Html | undefined {
  const { filters, records } = visit.texts;
  const { at, id, row, field, op } = place;
  if (op === 'empty' || op === 'filled') return undefined;
  const value = row.values[0] ?? '';
  const isList = op === 'oneOf' || op === 'noneOf';
  const isWrong = row.problem !== undefined;
  const attributes = html` id="value-${id}" name="value.${at}" aria-label="${isList ? filters.values : filters.value}"${
    isWrong && html` aria-invalid="true" aria-describedby="error-${id}"`
  }${building.focus === `value-${id}` && html` autofocus`}`;
  if (field.kind === 'bool') {
    return html`<select${attributes}><option value="true">${records.yes}</option><option value="false"${
      value === 'false' && html` selected`
    }>${records.no}</option></select>`;
  }
  if (field.kind === 'choice') return choiceControl(visit, place, attributes, isList);
  if (field.kind === 'date') {
    return html`<date-field data-zone="${records.form.inZone}"><input type="datetime-local" step="1" value="${localForm(value)}"${attributes}>
      <span class="hint">${records.form.utc}</span></date-field>`;
  }
  if (isList || value.includes('\n')) {
    const text = isList ? row.values.join('\n') : value;
    return html`<textarea rows="3"${field.kind !== 'text' && html` class="mono"`}${isList && html` placeholder="${filters.values}"`}${attributes}>
${text}</textarea>`;
  }
  const choices = building.choices.get(field.path) ?? [];
  return html`<input type="text" autocomplete="off" spellcheck="false" value="${value}"${
    field.kind === 'number' && html` inputmode="decimal"`
  }${choices.length > 0 && html` list="records-${id}"`}${attributes}>${
    choices.length > 0 &&
    html`<datalist id="records-${id}">${choices.map((one) => html`<option value="${one.id}">${one.name}</option>`)}</datalist>`
  }`;
}

function choiceControl({ texts }: Visit, place: ValuePlace, attributes: Html, isList: boolean): Html {
  const { at, row, field } = place;
  const values = [...new Set([...field.values, ...row.values.filter((one) => one !== '')])];
  if (isList) {
    return html`<div class="choices"${row.problem !== undefined && html` role="group" aria-describedby="error-${place.id}"`}>${values.map(
      (value) =>
        html`<label class="check"><input type="checkbox" name="value.${at}" value="${value}"${
          row.values.includes(value) && html` checked`
        }> ${value}</label>`,
    )}</div>`;
  }
  return html`<select${attributes}><option value="">${texts.filters.chooseValue}</option>${values.map(
    (value) => html`<option value="${value}"${row.values[0] === value && html` selected`}>${value}</option>`,
  )}</select>`;
}
