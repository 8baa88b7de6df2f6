/** What only the program around the core knows. Bytes and milliseconds throughout. */
export interface HostFacts {
  /** Of this product. */
  readonly version: string;
  /** What it runs on, such as `Bun 1.4.5` and `linux x64`. */
  readonly runtime: string;
  readonly platform: string;
  /** When the process began, in milliseconds since the epoch. */
  readonly started: number;
  /** Memory of the process. */
  readonly memory: number;
  /** Of the database with its log. */
  readonly databaseSize: number;
  /** Bytes of its write-ahead log, which are part of that; left out where there is none. */
  readonly walSize?: number;
  /** Of the request log with its own. */
  readonly requestLogSize: number;
  /** Of the volume with the data folder; undefined where it cannot be told. */
  readonly disk: { readonly free: number; readonly total: number } | undefined;
  /** Answers that stay open, and WebSockets among them. */
  readonly streams: number;
  readonly sockets: number;
  /** Processes that make pictures, and pictures that wait for one. */
  readonly imageWorkers: number;
  readonly imagesWaiting: number;
}

/** Software that is part of the program. */
export interface Licence {
  readonly name: string;
  readonly version: string;
  /** By its SPDX name, or as the package calls it. */
  readonly licence: string;
  /** The whole text; '' where the package has none. */
  readonly text: string;
}

/** The program around the core. */
export interface Host {
  facts(): Promise<HostFacts>;
  /** In the order of their names. */
  licences(): Promise<readonly Licence[]>;
}
