import type { Collection, Field, FileFacts, RecordView } from '../../../core/index.ts';
import { excerpt } from '../../../lib/excerpt.ts';
import { stringifyJson } from '../../../lib/lossless-json.ts';
import { truncateCodePoints } from '../../../lib/text.ts';
import { type Html, html } from '../../html.ts';
import { icon } from '../../parts/icon.ts';
import type { Visit } from '../../visit.ts';
import { isPicture } from './file.ts';
import { fileDetailPath, filePath, recordPath } from './paths.ts';

/** A value and where it stands. */
export interface Cell {
  readonly visit: Visit;
  readonly collection: Collection;
  readonly record: RecordView;
  readonly field: Field;
  readonly value: unknown;
  /** What is known of the record's files. */
  readonly files: readonly FileFacts[];
}

/** How values of a type look in a grid, and on the page of their record, where that differs. */
interface CellStyle {
  readonly short: (cell: Cell) => Html | undefined;
  readonly long?: (cell: Cell) => Html | undefined;
  readonly isNumber?: boolean;
}

const LONGEST = 120;
/** Characters that a column has room for. */
const FITS = 32;
/** Characters of a text that pointing at it tells. */
const MOST_TOLD = 500;
/** Things of a list that a grid shows; the rest is counted. */
const MOST = 3;

const text: CellStyle = {
  short: ({ value }) => cut(String(value)),
  long: ({ value }) => lines(String(value)),
};
const number: CellStyle = { short: ({ visit, value }) => numberOf(visit, value), isNumber: true };
const date: CellStyle = { short: ({ visit, value }) => visit.format.moment(String(value)) };
const json: CellStyle = {
  short: ({ value }) => html`<code>${cut(stringifyJson(value) ?? '')}</code>`,
  long: ({ value }) => html`<pre tabindex="0">${stringifyJson(value, 2)}</pre>`,
};
const code: CellStyle = { short: ({ value }) => html`<code>${cut(String(value))}</code>` };

const styles: ReadonlyMap<string, CellStyle> = new Map(
  Object.entries({
    number,
    integer: number,
    real: number,
    date,
    autodate: date,
    json,
    geometry: json,
    uuid: code,
    bytes: code,
    bool: {
      short: ({ visit, value }) => html`${value === true ? visit.texts.records.yes : visit.texts.records.no}`,
    },
    editor: {
      // Stored markup is text here, whatever is in it.
      short: ({ value }) => cut(excerpt(String(value), LONGEST + 1)),
      long: ({ value }) => html`<pre tabindex="0">${String(value)}</pre>`,
    },
    url: { short: ({ value }) => cut(String(value)), long: ({ value }) => linkTo(String(value)) },
    select: {
      short: ({ value }) =>
        html`${listOf(value).map((one) => html`<span class="badge">${cut(one)}</span> `)}`,
    },
    geoPoint: { short: ({ value }) => html`<code>${pointOf(value)}</code>` },
    file: { short: (cell) => fileList(cell, MOST), long: (cell) => fileList(cell, Number.POSITIVE_INFINITY) },
    relation: {
      short: (cell) => relationList(cell, MOST),
      long: (cell) => relationList(cell, Number.POSITIVE_INFINITY),
    },
    password: { short: ({ visit }) => html`<span class="muted">${visit.texts.records.secret}</span>` },
  } satisfies Record<string, CellStyle>),
);

/** Whether values of the field stand at the end of their column. */
export function isNumeric(field: Field): boolean {
  return styles.get(field.type)?.isNumber === true;
}

/** A value in a grid. */
export function shortCell(cell: Cell): Html | undefined {
  if (isNothing(cell)) return undefined;
  return (styles.get(cell.field.type) ?? text).short(cell);
}

/** A value on the page of its record, whole. */
export function longCell(cell: Cell): Html {
  const style = styles.get(cell.field.type) ?? text;
  const shown = isNothing(cell) ? undefined : (style.long ?? style.short)(cell);
  return shown ?? html`<span class="muted">${cell.visit.texts.records.none}</span>`;
}

/** All of a text that a grid cuts, or most of it; undefined for what fits, and for what is no text. */
export function fullText({ field, value }: Cell): string | undefined {
  if (field.type === 'password' || typeof value !== 'string' || value.length <= FITS) return undefined;
  return truncateCodePoints(value, MOST_TOLD);
}

/** What a record is called: its presentable fields, else what usually is a name, else its id. */
export function nameOf({ collection, values }: RecordView): string {
  const usual = ['title', 'name', 'label', 'username', 'email'];
  const presentable = collection.fields.filter((field) => field.presentable).map(({ name }) => name);
  const named = presentable.length > 0 ? presentable : usual.filter((name) => values[name]).slice(0, 1);
  const words = named
    .map((name) => values[name])
    .filter((value) => typeof value === 'string' || typeof value === 'number');
  const joined = words.map(String).join(' ').trim();
  return joined === '' ? String(values.id) : truncateCodePoints(joined, LONGEST);
}

function isNothing({ field, value }: Cell): boolean {
  if (field.type === 'password') return false;
  return (
    value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0)
  );
}

function cut(whole: string): Html {
  const short = truncateCodePoints(whole, LONGEST);
  return html`${short === whole ? whole : `${short}…`}`;
}

function lines(whole: string): Html {
  return html`<span class="lines">${whole}</span>`;
}

function numberOf({ format }: Visit, value: unknown): Html {
  return html`${typeof value === 'number' ? format.number(value) : String(value)}`;
}

/** Only addresses of the web are links: `javascript:` and the like stay text. */
function linkTo(address: string): Html {
  if (!/^https?:\/\//i.test(address)) return html`${address}`;
  return html`<a href="${address}" rel="noreferrer noopener" target="_blank">${address}</a>`;
}

function listOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}

function pointOf(value: unknown): string {
  if (typeof value !== 'object' || value === null || !('lon' in value) || !('lat' in value)) return '';
  return `${String(value.lat)}, ${String(value.lon)}`;
}

function fileList({ visit, collection, record, field, value, files }: Cell, most: number): Html {
  const id = String(record.values.id);
  const names = listOf(value);
  const shown = names.slice(0, most).map((name) => {
    const facts = files.find((one) => one.fieldId === field.id && one.name === name);
    const title = facts?.originalName || name;
    if (facts !== undefined && isPicture(facts.type)) {
      const [source, side] =
        most === MOST
          ? [filePath(collection.name, id, name, 'small'), 32]
          : [filePath(collection.name, id, name, 'large'), 160];
      return html`<a class="thumb" href="${fileDetailPath(collection.name, id, name)}" title="${title}"><img src="${source}"
        alt="${title}" width="${side}" height="${side}" loading="lazy" decoding="async"></a>`;
    }
    const size =
      facts && most !== MOST && html` <span class="muted">${visit.format.bytes(facts.size)}</span>`;
    return html`<a class="file" href="${fileDetailPath(collection.name, id, name)}" title="${title}"
      >${icon('file')}<span>${title}</span></a>${size}`;
  });
  return html`<span class="files">${shown}${moreOf(visit, names.length - shown.length)}</span>`;
}

function relationList({ visit, record, field, value }: Cell, most: number): Html {
  const ids = listOf(value);
  const expanded = record.expand?.[field.name];
  const known = (Array.isArray(expanded) ? expanded : [expanded]).filter((one) => one !== undefined);
  const shown = ids.slice(0, most).map((id) => {
    const found = known.find(({ values }) => String(values.id) === id);
    if (found === undefined) return html`<code>${id}</code> `;
    return html`<a class="badge" href="${recordPath(found.collection.name, id)}">${nameOf(found)}</a> `;
  });
  return html`${shown}${moreOf(visit, ids.length - shown.length)}`;
}

function moreOf({ texts }: Visit, count: number): Html | undefined {
  return count > 0 ? html`<span class="muted">${texts.records.more(count)}</span>` : undefined;
}
