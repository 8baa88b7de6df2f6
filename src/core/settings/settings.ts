import type { Actor } from '../actor.ts';
import type { SettingInfo } from '../ports/configuration.ts';

/** The words of a test message. */
export interface TestMail {
  /** One address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/**
 * What admins configure while the server runs, for superusers (`unauthorized`, `forbidden` reason `superusers_only`). Flags,
 * environment and dossier.toml are stronger. Secrets go in and never come out.
 */
export interface Settings {
  list(actor: Actor): Promise<readonly SettingInfo[]>;
  /**
   * Saves what is named, all or nothing, and makes it count; null or '' gives a key back to its default. `invalid` with an
   * issue for each key that is wrong: `unknown_key`, `held` with param `origin`, `invalid_value` with param `expected`.
   * What says where a secret is sent is changed together with the secret, and not at all where something stronger holds that.
   */
  save(actor: Actor, changes: Readonly<Record<string, unknown>>): Promise<readonly SettingInfo[]>;
  /** Sends a message as the settings say. `unavailable` reason `mail`; `invalid` with an issue for a bad address. */
  testMail(actor: Actor, mail: TestMail): Promise<void>;
}
