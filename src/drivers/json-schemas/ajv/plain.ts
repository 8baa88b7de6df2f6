/** The value with numbers in place of bigints, which no schema speaks of; the same object when there are none. */
export function withoutBigints(value: unknown): unknown {
  return holdsBigint(value) ? replaced(value) : value;
}

function holdsBigint(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint';
  return Object.values(value).some(holdsBigint);
}

function replaced(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(replaced);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaced(item)]));
}
