/** A cell: its text, and whether it stood in quotes. A cell without either is null. */
export interface CsvCell {
  readonly text: string;
  readonly quoted: boolean;
}

/** What makes spreadsheets compute; their wide twins do so in some. */
const FORMULA = /^'*[=+\-@\t\r\n＝＋－＠]/;
const NEUTRALISED = /^'+[=+\-@\t\r\n＝＋－＠]/;

/** Text that no spreadsheet takes for a formula; {@link restore} undoes it. */
export function neutralise(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

/** The text that {@link neutralise} was given. */
export function restore(text: string): string {
  return NEUTRALISED.test(text) ? text.slice(1) : text;
}

/** A row of CSV by RFC 4180, with its line end. */
export function csvRow(cells: readonly CsvCell[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell({ text, quoted }: CsvCell): string {
  const needsQuotes = quoted || /[",;\r\n\t|]|^\s|\s$/.test(text);
  return needsQuotes ? `"${text.replaceAll('"', '""')}"` : text;
}
