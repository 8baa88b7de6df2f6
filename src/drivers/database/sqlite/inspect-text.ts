import { AppError } from '../../../core/errors.ts';

/** White space and comments, as SQLite skips them. */
const GAP = String.raw`(?:\s|--[^\n]*(?:\n|$)|/\*[\s\S]*?(?:\*/|$))*`;
const FIRST_WORD = new RegExp(`^${GAP}([a-z]+)`, 'i');
/** Whatever could end in the name of the schema `main`, in any quotes: more than it must be, never less. */
const MAIN = new RegExp(`main["'\`\\]]?${GAP}\\.`, 'i');
const PRAGMA = /pragma_\w+/gi;
/** Texts, quoted names and comments: a semicolon in them ends nothing. */
const OPAQUE = /'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;

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
  const word = FIRST_WORD.exec(text)?.[1]?.toLowerCase();
  if (word === undefined) throw refused('no statement');
  if (!READING.has(word)) throw refused('only SELECT, WITH, VALUES and EXPLAIN');
  if (MAIN.test(text)) throw refused('tables are named without their schema');
  const closed = text.match(PRAGMA)?.find((name) => !OPEN_PRAGMAS.has(name.toLowerCase()));
  if (closed !== undefined) throw refused(`${closed} is closed`);
  const bare = text.replace(OPAQUE, (part) => ' '.repeat(part.length));
  const end = bare.indexOf(';');
  if (end === -1) return text;
  if (/[^\s;]/.test(bare.slice(end))) throw refused('one statement at a time');
  return text.slice(0, end);
}

/** A refusal in words for the person who wrote the statement. */
export function refused(message: string): AppError {
  return new AppError('invalid', { reason: 'sql_refused', params: { message } });
}
