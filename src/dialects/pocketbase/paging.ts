import { WireError } from './errors.ts';

/** Paging of a list query (specs/pocketbase.md 1.5). */
export interface Paging {
  readonly page: number;
  readonly perPage: number;
  readonly skipTotal: boolean;
}

/** Reads `page`, `perPage` and `skipTotal`; 400 when they are not what they should be. */
export function paging(query: Readonly<Record<string, string>>): Paging {
  return {
    page: Math.max(1, integer(query.page, 1)),
    perPage: perPage(integer(query.perPage, DEFAULT_PER_PAGE)),
    skipTotal: boolean(query.skipTotal),
  };
}

const DEFAULT_PER_PAGE = 30;
const MAX_PER_PAGE = 1000;

function perPage(value: number): number {
  return value <= 0 ? DEFAULT_PER_PAGE : Math.min(value, MAX_PER_PAGE);
}

function integer(text: string | undefined, fallback: number): number {
  if (text === undefined || text === '') return fallback;
  if (!/^[+-]?\d{1,15}$/.test(text)) throw new WireError(400);
  return Number(text);
}

const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

function boolean(text: string | undefined): boolean {
  if (text === undefined || text === '' || FALSE.has(text)) return false;
  if (TRUE.has(text)) return true;
  throw new WireError(400);
}

/** Whether a lenient flag such as `download` is set; anything unknown is false. */
export function isTruthy(text: string | undefined): boolean {
  return text !== undefined && TRUE.has(text);
}
