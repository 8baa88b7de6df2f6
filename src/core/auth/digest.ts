import { createHash, timingSafeEqual } from 'node:crypto';

/** SHA-256 in base64url: how random tokens are stored and looked up. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}

/** Compares in a time that tells nothing of either text. */
export function sameText(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(digest(a)), Buffer.from(digest(b)));
}
