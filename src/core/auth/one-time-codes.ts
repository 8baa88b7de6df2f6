import { createHash, createHmac } from 'node:crypto';
import { AppError } from '../errors.ts';
import { ALPHANUMERIC } from '../ports/ids.ts';
import type { AccountNames, OneTimeCodes } from './account-flows.ts';
import type { CodeStore, StoredCode } from './code-store.ts';
import { digest, sameText } from './digest.ts';
import type { FlowParts } from './flow-parts.ts';
import type { AccountRef } from './sessions.ts';

const OTP_ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const OTP_LENGTH = 6;
const AUTHORIZATION_LENGTH = 48;
const LIFETIME_MS = 5 * 60_000;

/** Makes {@link OneTimeCodes}. */
export function createOneTimeCodes(parts: FlowParts): OneTimeCodes {
  const { users, codes, keys, ids, clock, logins, postbox, cooldown, mail, limit } = parts;

  const otpDigest = (code: string) =>
    createHmac('sha256', keys.derived('one-time codes')).update(code.toUpperCase()).digest('base64url');

  async function mailCode(names: AccountNames, link: string | undefined): Promise<void> {
    const account = await users.find(names);
    if (!account || account.record.email === '' || (await parts.secondFactors.isOn(account))) return;
    const id = otpId(account);
    if (!cooldown.pass(id, LIFETIME_MS)) return;
    try {
      const code = ids.random(OTP_LENGTH, OTP_ALPHABET);
      const expires = clock.now() + LIFETIME_MS;
      await codes.put({ id, kind: 'otp', ...placeOf(parts, account), secret: otpDigest(code), expires });
      await mail({ template: 'otp', account, code, link });
    } catch (error) {
      cooldown.forget(id);
      throw error;
    }
  }

  function requireEnabled(): void {
    if (!users.collection().auth?.otp.enabled) throw new AppError('not_configured', { reason: 'otp' });
  }

  return {
    async request(actor, names, link) {
      requireEnabled();
      limit(actor);
      // After the answer: its time must not tell whether there is such an account.
      postbox.later(() => mailCode(names, link));
    },

    async redeem(actor, names, code) {
      requireEnabled();
      const account = await users.find(names);
      const name = names.email ?? names.username ?? '';
      const proof = { kind: 'otp', name, record: account?.record.id } as const;
      const used = await logins.attemptBy(actor, proof, async () => {
        const found = await codes.attempt('otp', account ? otpId(account) : 'nobody', otpDigest(code));
        return found && stillFor(parts, account, found);
      });
      // It may have been switched on since the code was mailed.
      return used && !(await parts.secondFactors.isOn(used)) ? used : undefined;
    },

    async issueAuthorization(account, challenge) {
      const code = ids.random(AUTHORIZATION_LENGTH, ALPHANUMERIC);
      const expires = clock.now() + LIFETIME_MS;
      const place = placeOf(parts, account);
      await codes.put({ id: digest(code), kind: 'authorization', ...place, secret: challenge, expires });
      return code;
    },

    async redeemAuthorization(code, verifier) {
      // Taken even when the verifier is wrong: whoever has the code alone must not try twice.
      const found = await codes.take('authorization', digest(code));
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      if (!found || !sameText(challenge, found.secret)) return undefined;
      return accountOf(parts, found);
    },
  };
}

function otpId({ collection, record }: AccountRef): string {
  return `otp/${collection.id}/${String(record.id)}`;
}

/** The columns by which a code names its account. */
export function placeOf(
  { keys }: Pick<FlowParts, 'keys'>,
  { collection, record }: AccountRef,
): Pick<StoredCode, 'collection' | 'record' | 'fingerprint'> {
  const fingerprint = keys.fingerprint(collection, record);
  if (fingerprint === undefined) throw new AppError('internal', { reason: 'no_token_key' });
  return { collection: collection.id, record: String(record.id), fingerprint };
}

/** The account of a code, unless its token key is another by now. */
export async function accountOf(
  parts: Pick<FlowParts, 'collections' | 'records' | 'keys'>,
  code: StoredCode,
): Promise<AccountRef | undefined> {
  const collection = parts.collections.schema.byId(code.collection);
  const record = collection && (await parts.records.findStored(collection, code.record));
  return stillFor(parts, record && { collection, record }, code);
}

function stillFor(
  { keys }: Pick<FlowParts, 'keys'>,
  account: AccountRef | undefined,
  { fingerprint }: StoredCode,
): AccountRef | undefined {
  return account && keys.fingerprint(account.collection, account.record) === fingerprint
    ? account
    : undefined;
}

/** Marks a link as followed, so that of two who follow it at once one wins. `invalid` reason `token` for the other. */
export async function followOnce<T>(
  codes: CodeStore,
  token: string,
  expires: number,
  follow: () => Promise<T>,
): Promise<T> {
  const id = `followed/${digest(token)}`;
  const nobody = { collection: '', record: '', fingerprint: '', secret: '' };
  if (!(await codes.claim({ id, kind: 'followed', ...nobody, expires }))) {
    throw new AppError('invalid', { reason: 'token' });
  }
  try {
    return await follow();
  } catch (error) {
    // What failed may be tried again, with another password say.
    await codes.remove(id);
    throw error;
  }
}
