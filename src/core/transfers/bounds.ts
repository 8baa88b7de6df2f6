import { AppError, type IssueParam } from '../errors.ts';

/** Characters of one row, and how many columns it may have. */
export const MAX_ROW = 16 * 1024 * 1024;
export const MAX_COLUMNS = 1000;

/** A file that cannot be read any further; `row` counts from 1, a header included. */
export function unreadableFile(reason: string, params: Readonly<Record<string, IssueParam>> = {}): AppError {
  return new AppError('invalid', { reason, params });
}
