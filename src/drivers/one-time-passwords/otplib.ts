import { AppError } from '../../core/errors.ts';
import type { OneTimePasswords } from '../../core/ports/one-time-passwords.ts';

/** Bytes of a secret: what RFC 4226 recommends. */
const LENGTH = 20;
/** Seconds of a step. */
const PERIOD = 30;

/** One-time passwords by otplib, which is loaded with the first one. */
export function createOneTimePasswords(): OneTimePasswords {
  const library = () => import('otplib');
  return {
    newSecret: async () => (await library()).generateSecret({ length: LENGTH }),

    async url(secret, issuer, label) {
      const { generateURI } = await library();
      return generateURI({ secret, issuer, label, algorithm: 'sha1', digits: 6, period: PERIOD });
    },

    async match(secret, code, now) {
      if (!/^\d{6}$/.test(code)) return undefined;
      const { verify } = await library();
      const epoch = Math.floor(now / 1000);
      try {
        const result = await verify({
          ...{ secret, token: code, epoch, algorithm: 'sha1', digits: 6, period: PERIOD },
          epochTolerance: PERIOD,
        });
        return result.valid ? Math.floor(epoch / PERIOD) + result.delta : undefined;
      } catch (cause) {
        throw new AppError('internal', { reason: 'totp_secret', cause });
      }
    },
  };
}
