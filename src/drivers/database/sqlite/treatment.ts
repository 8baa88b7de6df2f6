import type { Weight } from './plan.ts';

/**
 * A read in place that takes longer, in milliseconds, counts against the statement: three in a short while send it away.
 * One alone may be the machine's fault, not the statement's.
 */
const tooLong = 5;
/** A single one that takes longer than this sends it away at once. */
const farTooLong = 50;
const strikesAllowed = 3;
/** What a read in time takes off the strikes. */
const forgiveness = 0.05;
/** A read that takes less away from home counts towards its return. */
const quick = 1;
/** Reads after which a statement is weighed again, since tables grow and shrink. */
const reviewEvery = 500;
const firstReturn = 8;

/**
 * Where one statement runs: here, on the event loop's own connection, or away, in a reader process.
 *
 * The plan decides first and what was measured corrects it. A statement that was sent away by its time, or that stops at
 * a LIMIT, may return after a run of quick reads; each return that is regretted doubles the run the next one needs, so
 * values chosen to be slow now and then cannot stop the event loop often. What the plan shows to be heavy never returns
 * by time alone.
 */
export class Treatment {
  #weight: Weight;
  #away: boolean;
  #needed = firstReturn;
  #quickReads = 0;
  #reads = 0;
  #strikes = 0;
  #longest = 0;

  constructor(weight: Weight) {
    this.#weight = weight;
    this.#away = weight === 'heavy' || weight === 'eager';
  }

  /** True when nothing needs to be measured. */
  get constant(): boolean {
    return this.#weight === 'point';
  }

  get away(): boolean {
    return this.#away;
  }

  /**
   * True when it may run here although it is away, because reads already wait for a process: what an index bounds and was
   * never seen to take far too long had better be late than be refused.
   */
  get mayOverflow(): boolean {
    return this.#weight === 'cheap' && this.#longest <= farTooLong;
  }

  /** True when it has kept a reader process for long, in which case it must leave one to others. */
  get slow(): boolean {
    return this.#longest > 500;
  }

  /** True when the plan should be weighed again; the answer goes to {@link review}. */
  get due(): boolean {
    return this.#reads >= reviewEvery;
  }

  review(weight: Weight): void {
    this.#reads = 0;
    const heavier = weight === 'heavy' && this.#weight !== 'heavy';
    const lighter = this.#weight === 'heavy' && weight !== 'heavy';
    this.#weight = weight;
    if (heavier) this.#away = true;
    else if (lighter) this.#away = weight === 'eager';
  }

  /** Takes note of a read here that took so many milliseconds. */
  ranHere(took: number): void {
    this.#reads++;
    this.#longest = Math.max(took, this.#longest * 0.9);
    if (this.#away) return;
    if (took <= tooLong) {
      this.#strikes = Math.max(0, this.#strikes - forgiveness);
      return;
    }
    this.#strikes += took > farTooLong ? strikesAllowed : 1;
    if (this.#strikes < strikesAllowed) return;
    this.#away = true;
    this.#strikes = 0;
    this.#quickReads = 0;
    this.#needed = Math.min(this.#needed * 2, 4096);
  }

  /** Takes note of a read away that took so many milliseconds, not counting the way. */
  ranAway(took: number): void {
    this.#reads++;
    this.#longest = Math.max(took, this.#longest * 0.9);
    this.#quickReads = took < quick ? this.#quickReads + 1 : 0;
    if (this.#weight === 'heavy' || this.#quickReads < this.#needed) return;
    this.#away = false;
    this.#quickReads = 0;
  }
}
