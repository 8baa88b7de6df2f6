/** A schedule that {@link parseCron} understood. */
export interface Cron {
  /** As it was written. */
  readonly text: string;
  /** The first time of the schedule after `after`; both in milliseconds since the epoch. */
  next(after: number): number;
}

/**
 * Reads a schedule: five fields (minute, hour, day of month, month, day of week, with lists, ranges, steps and English names)
 * or one of `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`, `@yearly`, `@annually`. Times are UTC, so that no hour
 * comes twice or never. Undefined for anything else, and for a schedule that never comes (`0 0 31 2 *`).
 */
export function parseCron(text: string): Cron | undefined {
  const written = text.trim();
  if (written.length > 200 || nextTime(written, 0) === undefined) return undefined;
  return {
    text: written,
    next(after) {
      const next = nextTime(written, after);
      if (next === undefined) throw new RangeError(`the schedule "${written}" has no time after ${after}`);
      return next;
    },
  };
}

function nextTime(text: string, after: number): number | undefined {
  try {
    return Bun.cron.parse(text, after, { tz: 'UTC' })?.getTime();
  } catch {
    return undefined;
  }
}
