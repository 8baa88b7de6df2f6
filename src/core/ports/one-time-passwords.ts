/** Codes of authenticator apps: TOTP (RFC 6238) with SHA-1, 6 digits and steps of 30 s. */
export interface OneTimePasswords {
  /** A new secret of 160 bits, in Base32. */
  newSecret(): Promise<string>;
  /** The `otpauth://totp/…` URL by which an app takes the secret. */
  url(secret: string, issuer: string, label: string): Promise<string>;
  /** The time step whose code this is: that of `now` (milliseconds since the epoch), the one before or the one after. */
  match(secret: string, code: string, now: number): Promise<number | undefined>;
}
