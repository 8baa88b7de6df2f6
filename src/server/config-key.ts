import type { Parse } from './config-values.ts';

/** One thing that can be configured. */
export interface ConfigKey<T> {
  /** Its dotted place in dossier.toml, and its name everywhere else. */
  readonly name: string;
  readonly parse: Parse<T>;
  /** The value when nobody sets it; `dir` is the data folder. */
  readonly fallback: (dir: string) => T;
  /** How the fallback is written in the README. */
  readonly shown: string;
  /** Its command-line flag, without the dashes. */
  readonly flag?: string;
  /** Variables of other products that mean the same, each with its own form where that differs. */
  readonly aliases?: readonly { readonly variable: string; readonly parse?: Parse<T> }[];
  /** Further names that mean the same in dossier.toml and, spelt as variables, in the environment. */
  readonly alsoNamed?: readonly string[];
  /** Whether the value must not be shown. */
  readonly secret?: boolean | ((value: T) => boolean);
  /** The value as `dossier config` prints it. Default: as JSON. */
  readonly write?: (value: T) => string;
  /** One sentence for the README and for `--help`. */
  readonly doc: string;
}

/** The variable of a key: `server.http` → `DOSSIER_SERVER_HTTP`, `storages.my-archive.bucket` → `DOSSIER_STORAGES_MY_ARCHIVE_BUCKET`. */
export function variableOf(name: string): string {
  return `DOSSIER_${name.replaceAll(/[.-]/g, '_').toUpperCase()}`;
}
