/** The time, passed in so that tests can fix it. */
export interface Clock {
  /** Milliseconds since the epoch, UTC. */
  now(): number;
}
