import { AppError } from '../../../core/errors.ts';

/** The name of the schema `main`, in whatever quotes. */
const MAIN = /main["'`\]]?/gi;
const PRAGMA = /pragma_\w+/gi;
const WORD = /[a-z]+/iy;
/** What ends a text or a quoted name; one that is doubled begins another at once, which comes to the same. */
const CLOSING = new Map([
  ["'", "'"],
  ['"', '"'],
  ['`', '`'],
  ['[', ']'],
]);

const READING = new Set(['select', 'with', 'values', 'explain']);
/** The others tell where the file lies, or are of no use to a reader. */
const OPEN_PRAGMAS = new Set([
  ...['pragma_table_info', 'pragma_table_xinfo', 'pragma_table_list', 'pragma_foreign_key_list'],
  ...['pragma_index_list', 'pragma_index_info', 'pragma_index_xinfo'],
]);
const LONGEST = 100_000;

/**
 * The one reading statement of a text, without what ends it. Refuses everything else, and what could see past the views that
 * hide secrets: tables by the name of their schema. Whether it writes is SQLite's to say; this closes what SQLite calls
 * reading (ATTACH, PRAGMA).
 *
 * @throws AppError `invalid` reason `sql_refused` with the param `message`.
 */
export function readInspection(text: string): string {
  if (text.length > LONGEST) throw refused(`more than ${LONGEST} characters`);
  if (text.includes('\0')) throw refused('a NUL character');
  const gaps = createGaps(text);
  const word = wordAt(text, gaps.endOf(0));
  if (word === '') throw refused('no statement');
  if (!READING.has(word)) throw refused('only SELECT, WITH, VALUES and EXPLAIN');
  // Wherever it stands, also in a text or a comment: more than it must be, never less.
  for (const { 0: name, index } of text.matchAll(MAIN)) {
    if (text[gaps.endOf(index + name.length)] === '.') throw refused('tables are named without their schema');
  }
  const closed = text.match(PRAGMA)?.find((name) => !OPEN_PRAGMAS.has(name.toLowerCase()));
  if (closed !== undefined) throw refused(`${closed} is closed`);
  return firstStatement(text, gaps);
}

function wordAt(text: string, at: number): string {
  WORD.lastIndex = at;
  return WORD.exec(text)?.[0].toLowerCase() ?? '';
}

/** A semicolon in a text, a quoted name or a comment ends nothing. */
function firstStatement(text: string, gaps: Gaps): string {
  let end: number | undefined;
  for (let at = gaps.endOf(0); at < text.length; at = gaps.endOf(at)) {
    const char = text.charAt(at);
    if (char === ';') end ??= at;
    else if (end !== undefined) throw refused('one statement at a time');
    const closing = CLOSING.get(char);
    const closed = closing === undefined ? at : text.indexOf(closing, at + 1);
    at = closed === -1 ? text.length : closed + 1;
  }
  return text.slice(0, end);
}

/** White space and comments, as SQLite skips them. */
interface Gaps {
  /** Where what begins here and is skipped ends; the place itself where nothing is. */
  endOf(start: number): number;
}

/** Whatever is asked, every place is looked at once: texts come from outside. */
function createGaps(text: string): Gaps {
  const ends = new Map<number, number>();
  const lineEnd = createFinder(text, '\n');
  const commentEnd = createFinder(text, '*/');

  function next(at: number): number {
    if (text.startsWith('--', at)) return lineEnd(at + 2);
    if (text.startsWith('/*', at)) return commentEnd(at + 2);
    return /\s/.test(text.charAt(at)) ? at + 1 : at;
  }

  return {
    endOf(start) {
      const passed: number[] = [];
      let at = start;
      for (let to = ends.get(at) ?? next(at); to !== at; to = ends.get(at) ?? next(at)) {
        passed.push(at);
        at = to;
      }
      for (const place of passed) ends.set(place, at);
      return at;
    },
  };
}

/** Where the next of these ends, or the text; places are asked for in any order, and mostly forwards. */
function createFinder(text: string, wanted: string): (from: number) => number {
  let since = 0;
  let found = -1;
  return (from) => {
    if (from < since || from > found) {
      since = from;
      const at = text.indexOf(wanted, from);
      found = at === -1 ? text.length : at;
    }
    return Math.min(text.length, found + wanted.length);
  };
}

/** A refusal in words for the person who wrote the statement. */
export function refused(message: string): AppError {
  return new AppError('invalid', { reason: 'sql_refused', params: { message } });
}
