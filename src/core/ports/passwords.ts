/**
 * Password hashing off the main thread with a bounded queue.
 * New hashes are argon2id (19 MiB, t=2, p=1); bcrypt (`$2a$`, `$2b$`, `$2y$`) verifies as found.
 * Throws `busy` when the queue is full, or when the caller has more than a fair part of it: `caller` is an address, or
 * whatever tells callers apart. Without one there is no such bound.
 */
export interface Passwords {
  hash(password: string, caller?: string): Promise<string>;
  verify(password: string, hash: string, caller?: string): Promise<boolean>;
  /** True when a hash should be replaced at the next successful login. */
  isOutdated(hash: string): boolean;
  /** Costs what a verification costs and returns nothing: for accounts that do not exist. */
  burn(password: string, caller?: string): Promise<void>;
}
