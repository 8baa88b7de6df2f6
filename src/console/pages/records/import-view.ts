import type { Collection, Core, Field } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import type { PageView } from '../../layout.ts';
import { csrfField } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { editableFields } from './controls.ts';
import { collectionPath } from './paths.ts';

/** The beginning of a file, and what an import of it came to. */
export type ImportPreview = Awaited<ReturnType<Core['transfers']['preview']>>;
export type ImportResult = Awaited<ReturnType<Core['transfers']['import']>>;

/** A column of the file, and the field that takes it; '' for none. */
export interface MappedColumn {
  readonly column: string;
  readonly field: string;
}

/** What the page of an import shows. */
export interface ImportState {
  readonly preview?: ImportPreview;
  readonly mapping?: readonly MappedColumn[];
  readonly result?: ImportResult;
  readonly isTrial?: boolean;
  readonly problem?: string;
  readonly onConflict?: string;
  readonly isSkipping?: boolean;
}

const choices = ['abort', 'ignore', 'replace'] as const;

/**
 * The page on which records are taken from a file: its beginning and the columns are shown first. The file stays chosen where there
 * is script; without it, browsers ask for it again.
 */
export function importView(visit: Visit, collection: Collection, state: ImportState): PageView {
  const { texts } = visit;
  const { transfer } = texts.records;
  const base = collectionPath(collection.name);
  const part = html`<div id="import" class="stacked">${importPart(visit, collection, state)}</div>`;
  return {
    title: transfer.importTo(collection.name),
    section: 'collections',
    status: state.problem === undefined ? undefined : 422,
    isWide: true,
    crumbs: [
      { text: texts.collections.title, path: '/_/collections' },
      { text: collection.name, path: base },
    ],
    part,
    body: html`<form class="stacked" action="${base}/import" method="post" enctype="multipart/form-data"
      hx-post="${base}/import" hx-encoding="multipart/form-data" hx-target="#import" hx-swap="outerHTML" hx-config="timeout:0">
      ${csrfField(visit)}
      <div class="field import-file"><label for="file">${transfer.file}</label>
        <input id="file" name="file" type="file" accept=".csv,.tsv,.txt,.json,.jsonl,.ndjson" required aria-describedby="file-hint">
        <span id="file-hint" class="hint">${transfer.fileHint}</span></div>
      ${part}
    </form>`,
  };
}

function importPart(visit: Visit, collection: Collection, state: ImportState): Html {
  const { transfer } = visit.texts.records;
  const { preview, mapping } = state;
  return html`
    ${state.problem !== undefined && html`<p role="alert" class="notice error">${state.problem}</p>`}
    ${state.result && report(visit, collection, state.result, state.isTrial === true)}
    ${mapping && mappingTable(visit, collection, mapping, preview)}
    ${mapping && options(visit, state)}
    <div class="buttons">
      ${
        mapping
          ? html`<button type="submit" name="step" value="trial">${transfer.trial}</button>
            <button class="primary" type="submit" name="step" value="import">${transfer.import}</button>
            <button type="submit" name="step" value="preview">${transfer.previewAgain}</button>`
          : html`<button class="primary" type="submit" name="step" value="preview">${transfer.preview}</button>`
      }
    </div>`;
}

function mappingTable(
  { texts }: Visit,
  collection: Collection,
  mapping: readonly MappedColumn[],
  preview: ImportPreview | undefined,
): Html {
  const { transfer } = texts.records;
  const fields = importable(collection);
  const rows = preview?.rows.slice(0, 3) ?? [];
  return html`<div class="table-wrap" tabindex="0" role="region" aria-label="${transfer.columns}"><table>
    <thead><tr><th scope="col">${transfer.column}</th><th scope="col">${transfer.field}</th>${
      rows.length > 0 && html`<th scope="col">${transfer.examples}</th>`
    }</tr></thead>
    <tbody>${mapping.map(
      ({ column, field }, index) => html`<tr>
      <th scope="row">${column}<input type="hidden" name="column" value="${column}"></th>
      <td><select name="field" aria-label="${transfer.fieldOf(column)}"><option value="">${transfer.leaveOut}</option>${fields.map(
        ({ name }) => html`<option value="${name}"${name === field && html` selected`}>${name}</option>`,
      )}</select></td>${
        rows.length > 0 &&
        html`<td>${rows.map((row) => html`<span class="badge example">${row[index] ?? '–'}</span> `)}</td>`
      }
    </tr>`,
    )}</tbody></table></div>`;
}

function options({ texts }: Visit, { onConflict = 'abort', isSkipping }: ImportState): Html {
  const { transfer } = texts.records;
  return html`<div class="toolbar"><div class="field"><label for="conflict">${transfer.onConflict}</label>
    <select id="conflict" name="onConflict">${choices.map(
      (value) =>
        html`<option value="${value}"${value === onConflict && html` selected`}>${transfer.conflicts[value]}</option>`,
    )}</select></div>
    <label class="check"><input type="checkbox" name="skip" value="1"${isSkipping && html` checked`}> ${transfer.skip}</label></div>`;
}

function report(
  { texts, format }: Visit,
  collection: Collection,
  result: ImportResult,
  isTrial: boolean,
): Html {
  const { transfer, form } = texts.records;
  const counts = [result.read, result.written, result.ignored, result.failed].map(format.number);
  const [read = '', written = '', ignored = '', failed = ''] = counts;
  const wordsOf = (code: string, params: Readonly<Record<string, unknown>>) =>
    Object.entries(form.issues).find(([key]) => key === code)?.[1](params) ?? form.otherIssue(code);
  return html`<section role="status" class="${result.failed > 0 ? 'notice error' : 'notice'}">
      <p>${(isTrial ? transfer.tried : transfer.done)(read, written, ignored, failed)}</p>
      ${result.stopped && html`<p>${transfer.stopped}</p>`}
      ${!isTrial && result.written > 0 && html`<p><a href="${collectionPath(collection.name)}">${form.backTo(collection.name)}</a></p>`}
    </section>${
      result.errors.length > 0 &&
      html`<div class="table-wrap" tabindex="0" role="region" aria-label="${transfer.errors}"><table>
      <thead><tr><th scope="col" class="number">${transfer.row}</th><th scope="col">${transfer.column}</th><th scope="col">${transfer.problem}</th></tr></thead>
      <tbody>${result.errors
        .slice(0, 200)
        .map(
          ({ row, column, code, params }) =>
            html`<tr><td class="number">${format.number(row)}</td><td>${column}</td><td>${wordsOf(code, params)}</td></tr>`,
        )}</tbody></table></div>`
    }`;
}

function importable(collection: Collection): readonly Field[] {
  return editableFields(collection, true).filter(({ type }) => type !== 'file');
}
