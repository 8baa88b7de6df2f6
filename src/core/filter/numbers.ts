import { badFilter } from './bad-filter.ts';

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);

/**
 * The number that a literal spells: exact, as a bigint, where a double could not hold an integer that the database can.
 *
 * @throws AppError `bad_filter` for what is no finite number.
 */
export function numberOf(text: string): number | bigint {
  const number = Number(text);
  if (!Number.isFinite(number)) throw badFilter('number out of range');
  if (Number.isSafeInteger(number) || !/^-?\d+$/.test(text)) return number;
  return bindable(BigInt(text));
}

/** An integer as the database can have it: beyond 64 bits as a double, since the driver would bind its lowest 64 alone. */
export function bindable(integer: bigint): number | bigint {
  return integer >= MIN && integer <= MAX ? integer : Number(integer);
}
