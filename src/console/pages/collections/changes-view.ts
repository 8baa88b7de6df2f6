import type { BrokenRule, ChangeStep, Collection } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { Visit } from '../../visit.ts';
import { collectionPath } from '../records/paths.ts';
import type { Loss, Losses } from './losses.ts';

/** One change of a collection, as far as it can be shown. */
export interface ShownChange {
  readonly steps: readonly ChangeStep[];
  /** The fields before and after, for their names. */
  readonly before: readonly NamedField[];
  readonly after: readonly NamedField[];
  readonly settings: readonly ChangedSetting[];
  readonly losses: Losses;
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
    ${change.settings.some(({ place }) => place === 'authRule') && html`<p class="notice">${visit.texts.rules.endsSessions}</p>`}
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

/** Rules of other collections that nobody can pass any more. */
export function brokenView({ texts }: Visit, broken: readonly BrokenRule[]): Html | undefined {
  const { definition } = texts;
  if (broken.length === 0) return undefined;
  return html`<section class="notice" aria-labelledby="broken-title">
    <h3 id="broken-title">${definition.brokenTitle}</h3>
    <p>${definition.brokenBody}</p>
    <ul>${broken.map(
      ({ collection, rule, message }) =>
        html`<li><a href="${collectionPath(collection)}/rules">${collection}</a>: <code>${rule}</code> (<span lang="en">${message}</span>)</li>`,
    )}</ul>
  </section>`;
}

/** What a step takes away, as it is counted. */
function lossOf(step: ChangeStep, { losses }: ShownChange): Loss | undefined {
  switch (step.kind) {
    case 'drop_table':
      return losses.get('');
    case 'drop_column':
    case 'convert_column':
      return losses.get(step.fieldId);
    case 'release_files':
      return losses.get(step.fieldId ?? '');
    default:
      return undefined;
  }
}

/** Whether values or files are no longer there afterwards. */
function losesData(step: ChangeStep, change: ShownChange): boolean {
  const loss = lossOf(step, change);
  return loss !== undefined && (step.kind === 'release_files' ? loss.files.files > 0 : loss.records !== 0);
}

/** What a step means for people; undefined for what nobody needs to know. */
function stepText({ texts, format }: Visit, step: ChangeStep, change: ShownChange): string | undefined {
  const { step: words } = texts.definition;
  const before = (id: string) => nameIn(change.before, id);
  const after = (id: string) => nameIn(change.after, id);
  const loss = lossOf(step, change);
  const records =
    loss?.records === undefined
      ? words.manyRecords
      : words.records(loss.records, format.number(loss.records));
  const files = loss?.files ?? { files: 0, bytes: 0 };
  const amount = words.files(files.files, format.number(files.files), format.bytes(files.bytes));
  switch (step.kind) {
    case 'create_table':
      return words.create_table(step.table);
    case 'drop_table':
      return words.drop_table(step.table, records);
    case 'rename_table':
      return words.rename_table(step.from, step.to);
    case 'add_column':
      return words.add_column(after(step.fieldId));
    case 'drop_column':
      return words.drop_column(before(step.fieldId), records);
    case 'rename_column':
      return renameText(step, change, words.rename_column);
    case 'convert_column':
      return loss === undefined
        ? words.convert_column(after(step.fieldId))
        : words.convert_to_one(after(step.fieldId), records);
    case 'drop_index':
      return words.drop_index(step.name);
    case 'create_index':
      return words.create_index(step.statement);
    case 'release_files':
      if (files.files === 0) return undefined;
      if (step.fieldId === undefined) return words.release_files(amount);
      return step.surplusOnly === true
        ? words.release_surplus_files(before(step.fieldId), amount)
        : words.release_field_files(before(step.fieldId), amount);
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
