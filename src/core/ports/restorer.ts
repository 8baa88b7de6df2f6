/** A backup that is to take the place of everything. */
export interface RestoreRequest {
  /** Its name. */
  readonly key: string;
  /** An archive on this machine that was checked whole. */
  readonly path: string;
  /** The backup of the present state that was taken before; '' for none. */
  readonly saved: string;
}

/** How a restore ended. */
export interface RestoreOutcome {
  readonly key: string;
  readonly saved: string;
  /** Milliseconds since the epoch. */
  readonly ended: number;
  /** Why nothing was restored, in an English sentence; '' when it was. */
  readonly problem: string;
}

/** A backup that lies unpacked beside what it is to replace. */
export interface UnpackedBackup {
  /** Removes it, when nothing comes of it. */
  discard(): Promise<void>;
}

/** The program around the core: it stops serving, has everything replaced, and serves again. */
export interface Restorer {
  /**
   * Unpacks an archive beside what is there and checks it whole, while requests are answered, so that {@link begin} soon has an
   * end. Throws `invalid` reason `backup_unusable` with param `why`, a sentence, `storage_full`, `internal` reason
   * `backup_failed`, or the signal's reason; nothing is left then.
   */
  unpack(path: string, signal: AbortSignal): Promise<UnpackedBackup>;
  /** Begins soon, and returns at once: the core that asks is closed by it. The first request counts. */
  begin(request: RestoreRequest): void;
  /** How the last one ended while this process ran. */
  readonly last: RestoreOutcome | undefined;
}
