import { CLAIM_KEY } from './claim.ts';

/** Where objects lie that the catalogue does not know, until they are erased or put back. */
export const QUARANTINE = 'quarantine/';

/** Whether the key is the product's own without being in the catalogue. */
export function isReserved(key: string): boolean {
  return key === CLAIM_KEY || key.startsWith(QUARANTINE);
}
