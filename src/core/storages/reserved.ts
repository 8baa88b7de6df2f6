import { CLAIM_KEY } from './claim.ts';

/** Where objects lie that the catalogue does not know, until they are erased or put back. */
export const QUARANTINE = 'quarantine/';

/** Backups that are kept in a storage. */
export const BACKUPS = 'backups/';

/** Whether the key belongs to the product without being in the catalogue. */
export function isReserved(key: string): boolean {
  return key === CLAIM_KEY || key.startsWith(QUARANTINE) || key.startsWith(BACKUPS);
}
