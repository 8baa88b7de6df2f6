import { Elysia } from 'elysia';
import { AppError, type Auth, type Core } from '../../core/index.ts';
import { BodyError, readForm } from '../../http/body.ts';
import { VERSION } from '../../lib/version.ts';
import { messagesOf } from './messages.ts';
import {
  notFoundPage,
  type Page,
  refusedPage,
  renderPage,
  setupPage,
  troublePage,
  welcomePage,
} from './page.ts';
import { style } from './style.ts';

/** The part of the core that the pages call. */
export type SetupCore = Pick<Core, 'log'> & { readonly auth: Auth };

/** What the pages take from around them. */
export interface SetupPagesDeps {
  readonly core: SetupCore;
  /** The configured public address, without a final slash; undefined = as each request came. */
  readonly publicUrl: string | undefined;
  /** The request's id in the log. */
  requestId(request: Request): string;
}

/** The form has three short fields. */
const LONGEST_BODY = 8 * 1024;

/**
 * Pages at `/_/`: that the server runs, and the form that makes the first superuser. They need no script. The one-time token
 * of the link is what proves the right to use the form, so a foreign page cannot send it.
 */
export const setupPages = ({ core, publicUrl, requestId }: SetupPagesDeps) =>
  new Elysia({ name: 'console.setup', prefix: '/_', strictPath: true })
    .onError(({ error, path, request }) => answerFailure(core, { id: requestId(request), path }, error))
    .get('', () => seeOther('/_/'))
    .get('/', async ({ request }) => {
      const needsSuperuser = await core.auth.needsFirstSuperuser();
      const origin = publicUrl ?? new URL(request.url).origin;
      return answerPage(200, welcomePage({ version: VERSION, needsSuperuser, origin }));
    })
    .get('/setup.css', () => answer(200, 'text/css; charset=utf-8', style))
    .get('/setup', async ({ query }) => {
      const { token = '' } = query;
      if (!(await core.auth.isSetupToken(token))) return refuse(core);
      return answerPage(200, setupPage({ token, email: '', messages: new Map() }));
    })
    .post(
      '/setup',
      async ({ query, request }) => {
        const { token = '' } = query;
        // Before the body is read: strangers have nothing to send.
        if (!(await core.auth.isSetupToken(token))) return refuse(core);
        const form = new Map(await readForm(request, { size: LONGEST_BODY }));
        return createSuperuser(core, token, form);
      },
      { parse: 'none' },
    )
    .all('/*', () => answerPage(404, notFoundPage()), { parse: 'none' });

async function createSuperuser(
  core: SetupCore,
  token: string,
  form: ReadonlyMap<string, string>,
): Promise<Response> {
  const email = form.get('email')?.trim() ?? '';
  const password = form.get('password') ?? '';
  if (password !== form.get('passwordConfirm')) {
    const messages = new Map([['passwordConfirm', 'The two passwords are not the same.']]);
    return answerPage(422, setupPage({ token, email, messages }));
  }
  try {
    await core.auth.createFirstSuperuser(token, email, password);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    if (error.reason === 'setup') return refuse(core);
    if (error.code !== 'invalid') throw error;
    return answerPage(422, setupPage({ token, email, messages: messagesOf(error.issues) }));
  }
  return seeOther('/_/');
}

async function refuse(core: SetupCore): Promise<Response> {
  return answerPage(403, refusedPage(await core.auth.needsFirstSuperuser()));
}

function answerFailure(
  core: SetupCore,
  facts: { readonly id: string; readonly path: string },
  error: unknown,
): Response {
  if (error instanceof BodyError) return answerPage(error.kind === 'too_large' ? 413 : 400, troublePage());
  const busy = error instanceof AppError && error.code === 'busy';
  if (!busy) core.log.error('request.failed', { ...facts, cause: error });
  return answerPage(busy ? 503 : 500, troublePage());
}

function seeOther(location: string): Response {
  return answer(303, 'text/plain; charset=utf-8', '', { location });
}

function answerPage(status: number, page: Page): Response {
  return answer(status, 'text/html; charset=utf-8', renderPage(page));
}

/** No script, nothing from elsewhere, no frame around it; the address with its token goes to nobody (8.4 of the requirements). */
function answer(status: number, type: string, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: {
      'content-type': type,
      'content-security-policy':
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      ...(status === 503 ? { 'retry-after': '1' } : {}),
      ...headers,
    },
  });
}
