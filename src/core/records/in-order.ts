import { AppError } from '../errors.ts';

/** Does one after another; what an operation throws gets its index as `params.operation`. */
export async function inOrder<T, R>(
  items: readonly T[],
  work: (item: T, index: number) => R | Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  for (const [index, item] of items.entries()) {
    try {
      results.push(await work(item, index));
    } catch (error) {
      throw failedAt(index, error);
    }
  }
  return results;
}

function failedAt(operation: number, error: unknown): unknown {
  if (!(error instanceof AppError)) return error;
  const { code, reason, issues, params } = error;
  return new AppError(code, { reason, issues, params: { ...params, operation }, cause: error });
}
