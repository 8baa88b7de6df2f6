import type { ChangeStep, Collection } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { Visit } from '../../visit.ts';

/** One change of a collection, as far as it can be shown. */
export interface ShownChange {
  readonly steps: readonly ChangeStep[];
  /** The fields before and after, for their names. */
  readonly before: readonly NamedField[];
  readonly after: readonly NamedField[];
  readonly settings: readonly ChangedSetting[];
  /** How many records there are, as text. */
  readonly records: string;
}

/** What is needed of a field to speak of it. */
export type NamedField = Pick<Collection['fields'][number], 'id' | 'name'>;

/** Something in a definition that is another than it was; undefined: not there. */
export interface ChangedSetting {
  readonly place: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What happens to records and files, and then what changes in the definition. */
export function changesView(visit: Visit, change: ShownChange): Html {
  const { definition } = visit.texts;
  const steps = change.steps.flatMap((step) => {
    const text = stepText(visit, step, change);
    return text === undefined ? [] : [{ text, isLoss: losesData(step, change) }];
  });
  if (steps.length === 0 && change.settings.length === 0) return html`<p>${definition.nothing}</p>`;
  return html`<h3>${definition.steps}</h3>
    ${
      steps.length === 0
        ? html`<p>${definition.onlyDefinition}</p>`
        : html`<ul class="steps">${steps.map(
            ({ text, isLoss }) =>
              html`<li${isLoss && html` class="loss"`}>${text}${isLoss && html` <strong class="badge">${definition.lossBadge}</strong>`}</li>`,
          )}</ul>`
    }
    ${change.settings.length > 0 && settingsTable(visit, change.settings)}`;
}

function settingsTable({ texts }: Visit, settings: readonly ChangedSetting[]): Html {
  const { definition } = texts;
  const cell = (value: string | undefined) =>
    html`<td>${value === undefined ? html`<span class="muted">${definition.gone}</span>` : html`<code>${value}</code>`}</td>`;
  return html`<h3>${definition.settings}</h3>
    <div class="table-wrap" tabindex="0" role="region" aria-label="${definition.settings}"><table>
      <thead><tr><th scope="col">${definition.what}</th><th scope="col">${definition.now}</th><th scope="col">${definition.after}</th></tr></thead>
      <tbody>${settings.map(
        ({ place, before, after }) =>
          html`<tr><th scope="row">${place}</th>${cell(before)}${cell(after)}</tr>`,
      )}</tbody>
    </table></div>`;
}

/** Whether values or files are no longer there afterwards. */
function losesData(step: ChangeStep, { steps }: ShownChange): boolean {
  if (step.kind === 'convert_column') return isToOne(step.fieldId, steps);
  return step.kind === 'drop_table' || step.kind === 'drop_column' || step.kind === 'release_files';
}

/** Files of a field are released down to the last when it is no longer a list. */
function isToOne(fieldId: string, steps: readonly ChangeStep[]): boolean {
  return steps.some((step) => step.kind === 'release_files' && step.fieldId === fieldId && step.surplusOnly);
}

/** What a step means for people; undefined for what nobody needs to know. */
function stepText({ texts }: Visit, step: ChangeStep, change: ShownChange): string | undefined {
  const { step: words } = texts.definition;
  const before = (id: string) => nameIn(change.before, id);
  const after = (id: string) => nameIn(change.after, id);
  switch (step.kind) {
    case 'create_table':
      return words.create_table(step.table);
    case 'drop_table':
      return words.drop_table(step.table, change.records);
    case 'rename_table':
      return words.rename_table(step.from, step.to);
    case 'add_column':
      return words.add_column(after(step.fieldId));
    case 'drop_column':
      return words.drop_column(before(step.fieldId), change.records);
    case 'rename_column':
      return renameText(step, change, words.rename_column);
    case 'convert_column':
      return isToOne(step.fieldId, change.steps)
        ? words.convert_to_one(after(step.fieldId))
        : words.convert_column(after(step.fieldId));
    case 'drop_index':
      return words.drop_index(step.name);
    case 'create_index':
      return words.create_index(step.statement);
    case 'release_files':
      if (step.fieldId === undefined) return words.release_files;
      return step.surplusOnly === true
        ? words.release_surplus_files(before(step.fieldId))
        : words.release_field_files(before(step.fieldId));
    case 'file_triggers':
    case 'save_definition':
      return undefined;
  }
}

function nameIn(fields: readonly NamedField[], id: string): string {
  return fields.find((field) => field.id === id)?.name ?? id;
}

/** Names that are exchanged go through others, which nobody needs to know: a rename is told once, from the old name to the new. */
function renameText(
  { from }: Extract<ChangeStep, { kind: 'rename_column' }>,
  { before, after }: ShownChange,
  words: (from: string, to: string) => string,
): string | undefined {
  const old = before.find(({ name }) => name === from);
  return old === undefined ? undefined : words(from, nameIn(after, old.id));
}
