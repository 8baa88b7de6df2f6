/** The claims of a token: plain values; `exp` in seconds since the epoch. */
export type Claims = Readonly<Record<string, unknown>> & { readonly exp: number };

/** Signed tokens: compact JWT (RFC 7519), HS256 and nothing else. */
export interface TokenSigner {
  sign(claims: Claims, key: string): Promise<string>;
  /** The claims, not verified; undefined when the text is no token. They only say which key to verify with. */
  peek(token: string): Promise<Claims | undefined>;
  /** Whether the token is signed with this key by HS256 and not expired at `now` (milliseconds since the epoch). */
  verify(token: string, key: string, now: number): Promise<boolean>;
}
