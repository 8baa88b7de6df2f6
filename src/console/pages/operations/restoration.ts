import { Elysia } from 'elysia';
import { AppError, type Core } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { ownPasswordProblem } from '../../own-password.ts';
import { isConfirmed } from '../../parts/confirm-dialog.ts';
import { type Messages, noMessages } from '../../parts/form.ts';
import { isSoonDone } from '../../patience.ts';
import { isSecure, seeOther } from '../../respond.ts';
import { sentSession } from '../../session.ts';
import type { Texts } from '../../texts/index.ts';
import type { Form, Visit } from '../../visit.ts';
import { totalsOf } from '../collections/totals.ts';
import { OWN_PASSWORD, type Present, restorationView, waitingView } from './restoration-view.ts';

const STATE = '/_/operations/restoration';

/** Restoring a backup: what is asked before, and a page that waits for the end of it. */
export const restorationPages = (console: Console) =>
  new Elysia({ name: 'console.restoration' })
    .get('/operations/backups/:key/restoration', ({ params, request }) =>
      console.show(request, (visit) =>
        ask(console, visit, params.key, { messages: noMessages, isSaved: true }),
      ),
    )
    .post(
      '/operations/backups/:key/restoration',
      ({ params, request }) => console.act(request, (visit, form) => begin(console, visit, form, params.key)),
      { parse: 'none' },
    )
    .get('/operations/restoration', async ({ request }) => {
      const visit = await console.findVisit(request);
      if (visit === undefined) return toLogin(console, request);
      const state = await console.core.backups.restoration(visit.actor);
      return console.plain(request, waitingView(visit, state, console.assets.path('server-return.js')));
    });

interface Asked {
  readonly messages: Messages;
  readonly isSaved: boolean;
}

async function ask({ core }: Console, visit: Visit, key: string, asked: Asked) {
  const { actor } = visit;
  const backup = (await core.backups.list(actor)).find((one) => one.key === key);
  if (backup === undefined) throw new AppError('not_found', { reason: 'backup' });
  let { messages } = asked;
  const looking = core.backups.inspect(actor, key);
  let contents: Awaited<typeof looking>;
  try {
    // A large database takes its time, and nobody has to wait for it.
    if (await isSoonDone(looking, () => {})) contents = await looking;
  } catch (error) {
    messages = messages.size > 0 ? messages : (messagesOf(error, visit.texts) ?? rethrow(error));
  }
  return restorationView(visit, {
    ...asked,
    messages,
    backup,
    contents,
    present: await presentOf(core, visit),
  });
}

async function presentOf(core: Core, { actor }: Visit): Promise<Present> {
  const collections = core.collections.schema.collections.filter(
    ({ system, type }) => !system && type !== 'view',
  );
  const [{ total }, totals, { version }] = await Promise.all([
    core.files.usage(actor),
    totalsOf(core, actor, collections),
    core.health.report(actor),
  ]);
  const records = [...totals.values()].reduce((sum, one) => sum + one, 0);
  const isWhole = totals.size === collections.length;
  return { ...total, records: isWhole ? records : undefined, version };
}

/** The check of a large archive takes longer than a browser waits; the page of the state tells of it. */
async function begin(console: Console, visit: Visit, form: Form, key: string): Promise<Response> {
  const { core } = console;
  const isSaved = form.has('save');
  const again = async (messages: Messages) =>
    console.page(visit, { ...(await ask(console, visit, key, { messages, isSaved })), status: 422 });
  if (!isConfirmed(form, key))
    return again(new Map([['confirm', visit.texts.restoration.notConfirmed(key)]]));
  // Its superusers take the place of those that there are.
  const problem = await ownPasswordProblem(console, visit, form, OWN_PASSWORD);
  if (problem !== undefined) return again(problem);
  try {
    // What fails later is on the page of the state.
    await isSoonDone(core.backups.restore(visit.actor, key, { unsaved: !isSaved }), () => {});
    return seeOther(visit, STATE);
  } catch (error) {
    return again(messagesOf(error, visit.texts) ?? rethrow(error));
  }
}

function messagesOf(error: unknown, { restoration, operations }: Texts): Messages | undefined {
  if (!(error instanceof AppError)) return undefined;
  const { code, reason, params } = error;
  if (reason === 'backup_unusable') return new Map([['', restoration.refused(String(params.why ?? ''))]]);
  if (reason === 'backup_running') return new Map([['', restoration.busy]]);
  if (code === 'not_configured') return new Map([['', restoration.notHere]]);
  if (reason === 'backup_failed' || code === 'unavailable' || code === 'storage_full')
    return new Map([['', operations.backups.failed]]);
  return undefined;
}

function rethrow(error: unknown): never {
  throw error;
}

/** A session that was good before may not be part of what was restored. */
function toLogin(console: Console, request: Request): Response {
  const visitor = console.visitor(request);
  const hadSession = sentSession(request, isSecure(visitor.site)) !== '';
  const path = `/_/login?next=${encodeURIComponent(STATE)}`;
  return seeOther(visitor, path, hadSession ? { note: 'signInAgain' } : {});
}
