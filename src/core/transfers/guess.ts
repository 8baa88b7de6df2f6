import { isEmail } from '../fields/email.ts';
import type { Cell } from './cells.ts';
import type { ColumnGuess } from './transfers.ts';

/** What all values of a column look like; nothing says nothing. */
export function guessColumn(cells: readonly (Cell | undefined)[]): ColumnGuess {
  const guesses = new Set(cells.map(guessCell));
  guesses.delete('empty');
  const [only, ...others] = guesses;
  if (only === undefined) return 'empty';
  return others.length === 0 ? only : 'text';
}

function guessCell(cell: Cell | undefined): ColumnGuess {
  if (cell === undefined) return 'empty';
  if (cell.kind === 'text') return guessText(cell.text);
  const { value } = cell;
  if (value === null) return 'empty';
  if (typeof value === 'string') return guessText(value);
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'object' ? 'json' : 'number';
}

/** What a text looks like. */
export function guessText(text: string): ColumnGuess {
  const trimmed = text.trim();
  if (trimmed === '') return 'empty';
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(trimmed)) return 'number';
  if (/^(?:true|false)$/i.test(trimmed)) return 'bool';
  if (/^\d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?$/.test(trimmed))
    return 'date';
  if (isEmail(trimmed)) return 'email';
  if (/^https?:\/\/[^\s/]+\S*$/i.test(trimmed)) return 'url';
  return isJson(trimmed) ? 'json' : 'text';
}

function isJson(text: string): boolean {
  if (!/^[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
