import { Elysia } from 'elysia';
import type { Core } from '../../../core/index.ts';
import type { DialectOptions } from '../../dialect.ts';
import type { Ask } from '../ask.ts';
import { requireAccount, requireMeant } from '../auth-caller.ts';
import { told } from '../auth-errors.ts';
import { removeAvatar, replaceAvatar, showAvatar } from '../avatar.ts';
import { bodyKind } from '../body.ts';
import { requestFacts } from '../caller.ts';
import { readCredentials } from '../credentials.ts';
import { TrailBaseError } from '../errors.ts';
import { emptyAnswer } from '../respond.ts';

/** Pictures of accounts (specs/trailbase.md 10). */
export const authAvatarRoutes = (core: Core, options: DialectOptions) => {
  const of = (request: Request): Ask => ({ core, options, request });
  return new Elysia({ name: 'trailbase.auth.avatar' })
    .get('/avatar/:user', async ({ params, request }) => {
      const { accessToken } = readCredentials(request);
      const { actor } = await core.auth.sessions.identify(accessToken, requestFacts(options, request));
      return showAvatar(core, actor, request, params.user);
    })
    .post('/avatar', ({ request }) => told(replace(of(request))), { parse: 'none' })
    .delete('/avatar', ({ request }) => told(remove(of(request))), { parse: 'none' });
};

async function replace(ask: Ask): Promise<Response> {
  const { core, options, request } = ask;
  const caller = await requireAccount(ask);
  requireMeant(ask, caller);
  if (bodyKind(request) !== 'multipart') throw new TrailBaseError(400, 'invalid content type');
  await replaceAvatar(core, caller.actor, caller.account, request, { bodySize: options.maxBodySize });
  return caller.answer(emptyAnswer());
}

async function remove(ask: Ask): Promise<Response> {
  const caller = await requireAccount(ask);
  requireMeant(ask, caller);
  await removeAvatar(ask.core, caller.actor, caller.account);
  return caller.answer(emptyAnswer());
}
