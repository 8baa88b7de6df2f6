import type { Claims, TokenSigner } from '../../core/ports/token-signer.ts';

/** The one algorithm: a token cannot choose its own (SECURITY-REQUIREMENTS 7.4). */
const algorithm = 'HS256';

/** Tokens by jose, which is loaded with the first one: a server starts without. */
export function createTokenSigner(): TokenSigner {
  const bytes = (key: string) => new TextEncoder().encode(key);

  return {
    async sign(claims, key) {
      const { SignJWT } = await import('jose/jwt/sign');
      return new SignJWT(claims).setProtectedHeader({ alg: algorithm, typ: 'JWT' }).sign(bytes(key));
    },

    async peek(token) {
      const { decodeJwt } = await import('jose/jwt/decode');
      try {
        const claims = decodeJwt(token);
        return hasExpiry(claims) ? claims : undefined;
      } catch {
        return undefined;
      }
    },

    async verify(token, key, now) {
      const { jwtVerify } = await import('jose/jwt/verify');
      try {
        await jwtVerify(token, bytes(key), {
          algorithms: [algorithm],
          currentDate: new Date(now),
          requiredClaims: ['exp'],
        });
        return true;
      } catch {
        return false;
      }
    },
  };
}

function hasExpiry(claims: Readonly<Record<string, unknown>>): claims is Claims {
  return typeof claims.exp === 'number' && Number.isFinite(claims.exp);
}
