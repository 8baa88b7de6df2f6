import { addressBlock } from '../lib/address-block.ts';

/** Bounds how much one address can have under way. */
export interface AddressGate {
  /** The key to leave with; undefined when this address has as much under way as it may. */
  enter(address: string): string | undefined;
  leave(key: string): void;
}

/** Makes a gate for at most `most` requests per address (IPv6: per /64); 0 = no bound. Memory follows what is under way. */
export function createAddressGate(most: number): AddressGate {
  const inside = new Map<string, number>();

  return {
    enter(address) {
      const key = addressBlock(address);
      const count = inside.get(key) ?? 0;
      if (most > 0 && count >= most) return undefined;
      inside.set(key, count + 1);
      return key;
    },
    leave(key) {
      const count = inside.get(key) ?? 0;
      if (count > 1) inside.set(key, count - 1);
      else inside.delete(key);
    },
  };
}
