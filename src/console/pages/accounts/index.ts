import { Elysia } from 'elysia';
import { AppError, type Collection } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { isConfirmed } from '../../parts/confirm-dialog.ts';
import { type Note, seeOther } from '../../respond.ts';
import type { Form, Visit } from '../../visit.ts';
import { type AccountDetail, accountDetailView } from './account-view.ts';
import { deleteAccount, makeToken, setPassword, switchOffFactor, verifyAccount } from './change.ts';
import { accountsView } from './list-view.ts';
import { makeAccount, newAccountView } from './new-account.ts';
import { accountPath } from './paths.ts';
import { accountCollections, labelOf, readAccount, readAccounts, readAll, readSessions } from './read.ts';

/** The accounts of auth collections: found, looked at, and signed out. */
export const accountsPages = (console: Console) => {
  const { core } = console;
  const collectionOf = (params: { readonly collection?: string }) =>
    core.collections.get(String(params.collection));
  const detailAt = (visit: Visit, params: { readonly collection?: string; readonly id?: string }) =>
    detailOf(console, visit, collectionOf(params), String(params.id));
  return new Elysia({ name: 'console.accounts' })
    .get('/accounts', ({ request }) =>
      console.show(request, async (visit) => {
        const query = visit.url.searchParams;
        const collections = accountCollections(core);
        const text = query.get('search')?.trim().slice(0, 200) ?? '';
        if (query.has('all')) {
          const found = await readAll(core, visit, collections, text);
          return accountsView(visit, { collections, collection: undefined, search: text, page: 1, found });
        }
        const collection = collections.find(({ name }) => name === query.get('collection')) ?? collections[0];
        if (collection === undefined) throw new AppError('not_found', { reason: 'collection' });
        const page = pageOf(query.get('page'));
        const found = await readAccounts(core, visit, collection, text, page);
        return accountsView(visit, { collections, collection, search: text, page, found });
      }),
    )
    .get('/accounts/new', ({ request }) =>
      console.show(request, (visit) => {
        const collections = accountCollections(core);
        const wanted = visit.url.searchParams.get('collection');
        const { name = '' } = collections.find((one) => one.name === wanted) ?? collections[0] ?? {};
        return newAccountView(visit, collections, { collection: name, email: '', isVerified: false });
      }),
    )
    .post(
      '/accounts',
      ({ request }) => console.act(request, (visit, form) => makeAccount(console, visit, form)),
      { parse: 'none' },
    )
    .post(
      '/accounts/:collection/:id/password',
      ({ params, request }) =>
        console.act(request, async (visit, form) =>
          setPassword(console, visit, form, await detailAt(visit, params)),
        ),
      { parse: 'none' },
    )
    .post(
      '/accounts/:collection/:id/verification',
      ({ params, request }) =>
        console.act(request, async (visit) => verifyAccount(console, visit, await detailAt(visit, params))),
      { parse: 'none' },
    )
    .post(
      '/accounts/:collection/:id/deletion',
      ({ params, request }) =>
        console.act(request, async (visit, form) =>
          deleteAccount(console, visit, form, await detailAt(visit, params)),
        ),
      { parse: 'none' },
    )
    .post(
      '/accounts/:collection/:id/tokens',
      ({ params, request }) =>
        console.act(request, async (visit, form) =>
          makeToken(console, visit, form, await detailAt(visit, params)),
        ),
      { parse: 'none' },
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
        console.act(request, async (visit, form) =>
          switchOffFactor(console, visit, form, await detailAt(visit, params)),
        ),
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
