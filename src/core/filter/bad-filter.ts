import { AppError } from '../errors.ts';

/** An expression that cannot be read or resolved. The sentence is for logs and rule editors, never for guests. */
export function badFilter(sentence: string, cause?: unknown): AppError {
  return new AppError('invalid', { reason: 'bad_filter', cause: cause ?? new Error(sentence) });
}

/** The sentence of an error made here or by the parser. */
export function filterSentence(error: unknown): string {
  const cause = error instanceof AppError ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message : String(cause);
}
