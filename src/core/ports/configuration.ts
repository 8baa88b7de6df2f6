/** Values that admins saved, by key: texts, numbers and booleans as they were typed. */
export type SavedSettings = Readonly<Record<string, unknown>>;

/** One thing that admins may configure while the server runs. */
export interface SettingInfo {
  /** Its name in dossier.toml, such as `mail.smtp_host`. */
  readonly key: string;
  /** What counts, as dossier.toml would have it; undefined where nothing is set, and for secrets. */
  readonly value: string | undefined;
  /** Whether there is a value; of a secret no more than that is told. */
  readonly isSet: boolean;
  /** Where the value comes from. */
  readonly origin: 'flag' | 'environment' | 'file' | 'saved' | 'default';
  /** The flag, variable or file by name; '' for the rest. */
  readonly originName: string;
  /** Whether something stronger than saved settings says it: a flag, the environment or dossier.toml. */
  readonly held: boolean;
  /** When a saved value counts. */
  readonly applies: 'now' | 'after_restart';
  /** How it is best asked for. */
  readonly control: 'text' | 'list' | 'flag' | 'choice' | 'secret';
  /** What may be chosen; empty where that is no list. */
  readonly choices: readonly string[];
  /** Of a secret: the keys that say where it is sent. Who changes one of them shows that they know the secret. */
  readonly sentTo: readonly string[];
  /** What it is for, in a sentence or two of English with Markdown's backticks. */
  readonly doc: string;
  /** What counts where nobody says anything, in Markdown. */
  readonly fallback: string;
}

/** What the program is configured with, as far as admins may change it. */
export interface Configuration {
  /** How each key stands, with these saved values. */
  describe(saved: SavedSettings): readonly SettingInfo[];
  /** What a value should have been, in English that follows "expected"; undefined when it is right. `key` is a known one. */
  expected(key: string, value: unknown): string | undefined;
  /** Makes saved values count, as far as that needs no restart. */
  apply(saved: SavedSettings): Promise<void>;
}
