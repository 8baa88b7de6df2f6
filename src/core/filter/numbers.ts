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
  const exact = BigInt(text);
  return exact >= MIN && exact <= MAX ? exact : number;
}
