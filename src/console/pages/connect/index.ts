import { Elysia } from 'elysia';
import { readCookie, writeCookie } from '../../../http/cookie.ts';
import type { Console } from '../../console.ts';
import { isSecure } from '../../respond.ts';
import { connectView } from './view.ts';

const YEAR = 365 * 24 * 3600;
/** Names of packages and programs. */
const CLIENT = /^[\w@/.-]{1,60}$/;

/** Code for developers whose apps use a collection. `client` in the address says for which client; the browser keeps it. */
export const connectPages = (console: Console) =>
  new Elysia({ name: 'console.connect' }).get('/collections/:name/connect', async ({ params, request }) => {
    let chosen: { readonly client: string; readonly secure: boolean } | undefined;
    const answer = await console.show(request, (visit) => {
      const collection = console.core.collections.get(String(params.name));
      const snippets = console.snippets?.(collection, visit.site) ?? [];
      const secure = isSecure(visit.site);
      const wanted = visit.url.searchParams.get('client');
      const isKnown = snippets.some(({ client }) => client === wanted);
      if (wanted !== null && isKnown && CLIENT.test(wanted)) chosen = { client: wanted, secure };
      const kept = readCookie(visit.request.headers.get('cookie'), cookieName(secure));
      return connectView(visit, collection, snippets, isKnown ? wanted : kept);
    });
    if (chosen === undefined) return answer;
    const { client, secure } = chosen;
    answer.headers.append(
      'set-cookie',
      writeCookie(cookieName(secure), client, {
        maxAge: YEAR,
        sameSite: 'Strict',
        secure,
      }),
    );
    return answer;
  });

function cookieName(secure: boolean): string {
  return secure ? '__Host-dossier-client' : 'dossier-client';
}
