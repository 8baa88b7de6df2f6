/** Randomness and identifiers, passed in so that tests can fix them. */
export interface Ids {
  /** A sortable text id of 15 chars `[a-z0-9]`: millisecond prefix, counter, random tail. */
  recordId(): string;
  /** A UUIDv7 in text form. */
  uuid(): string;
  /** An id of at least 128 random bits, `[a-z0-9]`, for stored objects and their keys. */
  objectId(): string;
  /** `length` characters drawn evenly from `alphabet` with a cryptographic source. */
  random(length: number, alphabet: string): string;
}

/** Alphabets in use. */
export const LOWER_ALPHANUMERIC = 'abcdefghijklmnopqrstuvwxyz0123456789';
export const ALPHANUMERIC = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
