import { AppError } from '../../core/errors.ts';
import type { Claims, KeyPairSigner, TokenSigner } from '../../core/ports/token-signer.ts';

/** One algorithm for each kind of key: a token cannot choose its own (SECURITY-REQUIREMENTS 7.4). */
const SHARED = 'HS256';
const PAIR = 'EdDSA';

/** Tokens by jose, which is loaded with the first one: a server starts without. */
export function createTokenSigner(): TokenSigner {
  const bytes = (key: string) => new TextEncoder().encode(key);

  return {
    async sign(claims, key) {
      const { SignJWT } = await import('jose/jwt/sign');
      return new SignJWT(claims).setProtectedHeader({ alg: SHARED, typ: 'JWT' }).sign(bytes(key));
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
          algorithms: [SHARED],
          currentDate: new Date(now),
          requiredClaims: ['exp'],
        });
        return true;
      } catch {
        return false;
      }
    },

    async newKeyPair() {
      const { generateKeyPair } = await import('jose/key/generate/keypair');
      const { exportPKCS8 } = await import('jose/key/export');
      const { privateKey } = await generateKeyPair(PAIR, { crv: 'Ed25519', extractable: true });
      return exportPKCS8(privateKey);
    },

    withKeyPair,
  };
}

async function withKeyPair(pem: string): Promise<KeyPairSigner> {
  const { SignJWT } = await import('jose/jwt/sign');
  const { jwtVerify } = await import('jose/jwt/verify');
  const { privateKey, publicKey } = await readKeyPair(pem);

  return {
    sign: (claims) => new SignJWT(claims).setProtectedHeader({ alg: PAIR, typ: 'JWT' }).sign(privateKey),

    async verify(token, now, leeway) {
      try {
        const { payload } = await jwtVerify(token, publicKey, {
          algorithms: [PAIR],
          typ: 'JWT',
          currentDate: new Date(now),
          clockTolerance: leeway,
          requiredClaims: ['exp'],
        });
        return hasExpiry(payload) ? payload : undefined;
      } catch {
        return undefined;
      }
    },
  };
}

async function readKeyPair(pem: string) {
  const { importJWK, importPKCS8 } = await import('jose/key/import');
  const { exportJWK } = await import('jose/key/export');
  try {
    const extractable = await importPKCS8(pem, PAIR, { extractable: true });
    const { kty, crv, x } = await exportJWK(extractable);
    const publicKey = await importJWK({ ...{ kty, crv, x }, alg: PAIR }, PAIR);
    return { privateKey: await importPKCS8(pem, PAIR), publicKey };
  } catch (cause) {
    throw new AppError('internal', { reason: 'key_pair', cause });
  }
}

function hasExpiry(claims: Readonly<Record<string, unknown>>): claims is Claims {
  return typeof claims.exp === 'number' && Number.isFinite(claims.exp);
}
