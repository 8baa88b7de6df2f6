import type { AccountRef } from '../../core/index.ts';
import { type Ask, isSecure } from './ask.ts';
import type { Caller } from './auth-caller.ts';
import { setSessionCookies } from './cookies.ts';
import { redirectAnswer, textAnswer } from './respond.ts';
import { openSession } from './sign-in.ts';

/** 303 where the request asked for it, else the text of the success. */
export function done(redirect: string | undefined, text: string): Response {
  return redirect === undefined ? textAnswer(text) : redirectAnswer(redirect);
}

/** The answer to a change that ended every session: who has cookies goes on in a new one, others sign in again. */
export async function goOn(
  ask: Ask,
  { actor, credentials }: Caller,
  account: AccountRef,
  response: Response,
): Promise<Response> {
  if (credentials.from !== 'cookie') return response;
  return setSessionCookies(response, await openSession(ask.core, actor, account), isSecure(ask));
}
