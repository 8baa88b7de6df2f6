/** The claims of a token: plain values; `exp` in seconds since the epoch. */
export type Claims = Readonly<Record<string, unknown>> & { readonly exp: number };

/** Signed tokens: compact JWT (RFC 7519). Which algorithm is not the token's to say. */
export interface TokenSigner {
  /** By HS256. */
  sign(claims: Claims, key: string): Promise<string>;
  /** The claims, not verified; undefined when the text is no token. They only say which key to verify with. */
  peek(token: string): Promise<Claims | undefined>;
  /** Whether the token is signed with this key by HS256 and not expired at `now` (milliseconds since the epoch). */
  verify(token: string, key: string, now: number): Promise<boolean>;
  /** A new Ed25519 key pair, as the PEM text of its private key (PKCS#8). */
  newKeyPair(): Promise<string>;
  /** Tokens by that key pair. Throws `internal` reason `key_pair` when the text is none. */
  withKeyPair(pem: string): Promise<KeyPairSigner>;
}

/** Tokens by EdDSA over Ed25519 and nothing else. */
export interface KeyPairSigner {
  sign(claims: Claims): Promise<string>;
  /** The claims of a token of this key pair that is not expired for more than `leeway` seconds; undefined otherwise. */
  verify(token: string, now: number, leeway: number): Promise<Claims | undefined>;
}
