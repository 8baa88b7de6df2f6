import { Elysia } from 'elysia';
import { AppError, type Collection } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { isConfirmed } from '../../parts/confirm-dialog.ts';
import { type Note, seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import { type AccountDetail, accountDetailView } from './account-view.ts';
import { accountsView } from './list-view.ts';
import { accountPath } from './paths.ts';
import { accountCollections, labelOf, readAccount, readAccounts, readSessions, refOf } from './read.ts';

/** The accounts of auth collections: found, looked at, and signed out. */
export const accountsPages = (console: Console) => {
  const { core } = console;
  const collectionOf = (params: { readonly collection?: string }) =>
    core.collections.get(String(params.collection));
  return new Elysia({ name: 'console.accounts' })
    .get('/accounts', ({ request }) =>
      console.show(request, async (visit) => {
        const query = visit.url.searchParams;
        const collections = accountCollections(core);
        const collection = collections.find(({ name }) => name === query.get('collection')) ?? collections[0];
        if (collection === undefined) throw new AppError('not_found', { reason: 'collection' });
        const search = query.get('search')?.trim().slice(0, 200) ?? '';
        const page = pageOf(query.get('page'));
        const found = await readAccounts(core, visit, collection, search, page);
        return accountsView(visit, { collections, collection, search, page, found });
      }),
    )
    .get('/accounts/:collection/:id', ({ params, request }) =>
      console.show(request, async (visit) =>
        accountDetailView(visit, await detailOf(console, visit, collectionOf(params), String(params.id))),
      ),
    )
    .post(
      '/accounts/:collection/:id/sessions/end',
      ({ params, request }) =>
        console.act(request, (visit, form) =>
          endSessions(console, visit, form, collectionOf(params), String(params.id)),
        ),
      { parse: 'none' },
    )
    .post(
      '/accounts/:collection/:id/second-factor/end',
      ({ params, request }) =>
        console.act(request, async (visit, form) => {
          const detail = await detailOf(console, visit, collectionOf(params), String(params.id));
          const { collection, account } = detail;
          if (!isConfirmed(form, labelOf(account.record)))
            return console.page(visit, accountDetailView(visit, { ...detail, unconfirmed: 'switch-off' }));
          await core.auth.totp.forget(visit.actor, refOf(collection, account.record));
          return back(visit, detail, 'secondFactorEnded');
        }),
      { parse: 'none' },
    );
};

const LAST_PAGE = 100_000;

function pageOf(text: string | null): number {
  return Math.min(LAST_PAGE, Math.max(1, Math.trunc(Number(text)) || 1));
}

async function detailOf(
  { core }: Console,
  visit: Visit,
  collection: Collection,
  id: string,
): Promise<AccountDetail> {
  const account = await readAccount(core, visit, collection, id);
  return { collection, account, sessions: await readSessions(core, visit, collection, id) };
}

/** One that the form names and the account has, or all of them. */
async function endSessions(
  console: Console,
  visit: Visit,
  form: Form,
  collection: Collection,
  id: string,
): Promise<Response> {
  const { sessions } = console.core.auth;
  const detail = await detailOf(console, visit, collection, id);
  const session = form.get('session');
  if (session !== '') {
    // Another tab may have ended it already: then there is nothing left to do.
    if (detail.sessions.some((one) => one.id === session)) await sessions.end(visit.actor, session);
    return back(visit, detail, 'sessionEnded');
  }
  if (!isConfirmed(form, labelOf(detail.account.record)))
    return console.page(visit, accountDetailView(visit, { ...detail, unconfirmed: 'end-all' }));
  await sessions.endAll(visit.actor, { collection, id });
  return back(visit, detail, 'sessionsEnded');
}

function back(visit: Visit, { collection, account }: AccountDetail, note: Note): Response {
  return seeOther(visit, accountPath(collection.name, String(account.record.values.id)), { note });
}
