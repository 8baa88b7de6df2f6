import { AppError } from '../../core/errors.ts';
import type { Passwords } from '../../core/ports/passwords.ts';

/** Bounds of {@link createPasswords}. */
export interface PasswordLimits {
  /** Hashes computed at the same time; each takes a thread and 19 MiB for some 60 ms. */
  readonly concurrency: number;
  /** Passwords that may wait for their turn, a quarter of them of one caller; beyond it `busy` is thrown. */
  readonly queueLimit: number;
}

/** OWASP's first choice with 19 MiB (Password Storage Cheat Sheet): argon2id, m=19456, t=2, p=1. */
const argon2id = { algorithm: 'argon2id', memoryCost: 19_456, timeCost: 2 } as const;
const currentForm = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/;
const bcryptForm = /^\$2[aby]\$/;

/** The hash of a random text that nobody kept. */
const nobodysHash =
  '$argon2id$v=19$m=19456,t=2,p=1$FjyyODIL9k6qzkMqpeNF2mdxgS8wF+4OUWmNgh/L7Lw$qwdv8YpxYHlh1HV8QNq0DrTwmV7T3PArkHKqlGnO/tY';

/**
 * Password hashing by Bun, on its own threads. Argon2id takes passwords of any length whole; a bcrypt hash is verified as
 * bcrypt does it, and counts as outdated.
 */
export function createPasswords(limits: PasswordLimits): Passwords {
  const inTurn = createTurns(limits);
  return {
    hash: (password, caller) => inTurn(caller, () => Bun.password.hash(password, argon2id)),
    verify: (password, hash, caller) => inTurn(caller, () => verify(password, hash)),
    isOutdated: (hash) => !currentForm.test(hash),
    async burn(password, caller) {
      await inTurn(caller, () => verify(password, nobodysHash));
    },
  };
}

/** False also for what is no hash at all: such an account has no password. */
async function verify(password: string, hash: string): Promise<boolean> {
  if (!bcryptForm.test(hash) && !hash.startsWith('$argon2')) return false;
  try {
    return await Bun.password.verify(password, hash);
  } catch (error) {
    // An empty password or a damaged hash: neither lets anybody in.
    if (error instanceof Error) return false;
    throw error;
  }
}

type InTurn = <T>(caller: string | undefined, work: () => Promise<T>) => Promise<T>;

/** Runs work with bounded concurrency, first come first served; nobody fills the queue alone. */
function createTurns({ concurrency, queueLimit }: PasswordLimits): InTurn {
  const waiting: { readonly caller: string | undefined; start(): void }[] = [];
  const fairPart = Math.max(1, Math.floor(queueLimit / 4));
  let running = 0;

  function refuseSurplus(caller: string | undefined): void {
    const own = caller === undefined ? 0 : waiting.filter((each) => each.caller === caller).length;
    if (waiting.length >= queueLimit || own >= fairPart) {
      throw new AppError('busy', { reason: 'password_queue' });
    }
  }

  return async (caller, work) => {
    if (running >= concurrency) {
      refuseSurplus(caller);
      // Whoever finishes hands its place over, so `running` stays as it is.
      await new Promise<void>((start) => waiting.push({ caller, start }));
    } else {
      running++;
    }
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next.start();
      else running--;
    }
  };
}
