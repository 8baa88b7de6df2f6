import type { AccountRef, Actor, Core, ExtraClaims, OpenSession } from '../../core/index.ts';
import { idText } from './ids.ts';

/** What a client is given for a session (specs/trailbase.md 12). */
export interface WireTokens {
  readonly auth_token: string;
  readonly refresh_token: string;
  readonly csrf_token: string;
}

/** The wire's names for the tokens of a session. */
export function wireTokens({ accessToken, refreshToken, csrfToken }: OpenSession): WireTokens {
  return { auth_token: accessToken, refresh_token: refreshToken, csrf_token: csrfToken };
}

/** The part of the core that tells whether an account has a second factor. */
interface FactorCheck {
  readonly auth: { readonly totp: Pick<Core['auth']['totp'], 'isOn'> };
}

/**
 * What clients read from an access token beside what the core puts there: the account's id as this wire writes ids, its
 * names, and whether it is a superuser or has a second factor (left out when not). Provider 0 is a password.
 */
export async function claimsOf(core: FactorCheck, account: AccountRef): Promise<ExtraClaims> {
  const { collection, record } = account;
  const hasFactor = await core.auth.totp.isOn(account);
  return {
    sub: idText(collection.idKind, String(record.id)),
    email: textOrNull(record.email),
    username: textOrNull(record.username),
    ...(collection.name === SUPERUSERS ? { admin: true } : {}),
    ...(hasFactor ? { mfa: true } : {}),
    provider: 0,
  };
}

/** The session of a refresh token, gone on with; undefined where it cannot. */
export function refreshSession(
  core: Core,
  actor: Actor,
  refreshToken: string,
): Promise<OpenSession | undefined> {
  return core.auth.sessions.refresh(actor, refreshToken, (account) => claimsOf(core, account));
}

const SUPERUSERS = '_superusers';

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
