import type { AccountRef } from '../core/index.ts';
import type { Console } from './console.ts';
import { isSecure, type Note, seeOther } from './respond.ts';
import { sentSession, sessionCookie } from './session.ts';
import type { Visitor } from './visit.ts';

/** Signs in an account that has proved itself, and leads to a path of the console, where the note is shown. */
export async function openSession(
  { core, idleLimit }: Pick<Console, 'core' | 'idleLimit'>,
  visitor: Visitor,
  account: AccountRef,
  { next, note }: { readonly next: string; readonly note?: Note },
): Promise<Response> {
  const { sessions } = core.auth;
  const session = await sessions.open(visitor.actor, account);
  // The browser forgets it now: nobody else should go on with it (OWASP ASVS V7.2.4).
  await sessions.close(sentSession(visitor.request, isSecure(visitor.site)));
  const cookies = [sessionCookie(session, isSecure(visitor.site), idleLimit?.())];
  return seeOther(visitor, next, { cookies, ...(note !== undefined && { note }) });
}
