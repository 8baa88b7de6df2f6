/** The refresh tokens of one session, as digests. */
export interface TokenChain {
  /** The last token that was used. */
  readonly current: string;
  /** Issued for it, and not used yet; oldest first. */
  readonly successors: readonly string[];
  /** Before and beside the current one; good for a while after it was used for the first time. */
  readonly former: readonly string[];
  /** When that was; milliseconds since the epoch. */
  readonly advanced: number;
}

/** Successors that stay good while none of them was used. */
const MOST_SUCCESSORS = 3;
/** How long the tokens before are good, for answers that were lost. */
const GRACE_MS = 60_000;

/** The chain of a new session. */
export function startChain(first: string, now: number): TokenChain {
  return { current: first, successors: [], former: [], advanced: now };
}

/** Whether a token of the session's family may be used. Others than those were replaced: two parties have them. */
export function isUsable({ current, successors, former, advanced }: TokenChain, token: string, now: number) {
  return (
    token === current ||
    successors.includes(token) ||
    (former.includes(token) && now >= advanced && now - advanced <= GRACE_MS)
  );
}

/**
 * The chain after a usable token was used and got `next` as its successor (RFC 9700, 4.14.2). The first use of a successor puts
 * an end to what came before it and to what was issued beside it: otherwise a thief's branch could live as long as the owner's.
 */
export function advanceChain(chain: TokenChain, used: string, next: string, now: number): TokenChain {
  if (!chain.successors.includes(used)) {
    const others = chain.successors.filter((token) => token !== next);
    return { ...chain, successors: [...others, next].slice(-MOST_SUCCESSORS) };
  }
  const beside = chain.successors.filter((token) => token !== used);
  return { current: used, successors: [next], former: [chain.current, ...beside], advanced: now };
}
