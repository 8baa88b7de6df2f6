import { readForm } from '../http/body.ts';
import type { Assets } from './assets.ts';
import type { Console, ConsoleDeps } from './console.ts';
import { csrfToken, isForeign, isSameToken } from './csrf.ts';
import { ForeignFormError, failureView, missingView } from './failures.ts';
import { createFormat, type Format } from './format.ts';
import { framePage, type PageView, plainPage } from './layout.ts';
import { type Look, preferredLook, readLook } from './look.ts';
import { answerHtml, FRAMING_POLICY, isSecure, readNote, seeOther } from './respond.ts';
import { findSignedIn, nobody, requestFacts, sessionCookie } from './session.ts';
import { siteOf } from './site.ts';
import { textsOf } from './texts/index.ts';
import { createForm, type Form, type Visit, type Visitor } from './visit.ts';

/** Bytes of a form that brings no files. */
const LONGEST_FORM = 2_000_000;
/** Bytes of the forms of those who have not signed in: a few short fields. */
const LONGEST_PLAIN_FORM = 8 * 1024;

/** Makes {@link Console}. */
export function createConsole(deps: ConsoleDeps, assets: Assets): Console {
  const { core } = deps;
  // Dear to make, and the same for all who write as a country does.
  const formats = new Map<string, Format>();

  function speaking(look: Look) {
    const { language, locale } = look;
    const format = formats.get(locale) ?? createFormat(locale);
    formats.set(locale, format);
    return { look, texts: textsOf(language), format };
  }

  function visitor(request: Request): Visitor {
    const url = new URL(request.url);
    const site = siteOf(request, url, deps.publicUrl);
    const look = readLook(request, isSecure(site));
    return {
      ...{ request, url, site, ...speaking(look) },
      actor: nobody(requestFacts(request, deps)),
      isPartial: request.headers.get('hx-request-type') === 'partial',
      isHtmx: request.headers.get('hx-request') === 'true',
    };
  }

  async function findVisit(request: Request): Promise<Visit | undefined> {
    const base = visitor(request);
    const found = await findSignedIn(core, request, base.actor.request, {
      isSecure: isSecure(base.site),
      idle: deps.idleLimit?.(),
    });
    if (found === undefined) return undefined;
    const preferences = await core.preferences.list(found.actor);
    const look = preferredLook(request, preferences) ?? base.look;
    const email = String(found.account.record.email);
    const csrf = csrfToken(core, found.session);
    return { ...base, ...found, ...speaking(look), email, csrf, preferences };
  }

  function page(visit: Visit, view: PageView): Response {
    const { status } = view;
    if (visit.isPartial) return answerHtml(view.part ?? view.body, { status, visitor: visit });
    const note = readNote(visit);
    const cookies = note === undefined ? [] : [note.cookie];
    const headers = view.hasFrame ? { 'content-security-policy': FRAMING_POLICY } : undefined;
    return answerHtml(framePage(assets, visit, view, note?.text), {
      status,
      headers,
      cookies,
      visitor: visit,
    });
  }

  function plain(request: Request, view: Parameters<Console['plain']>[1]): Response {
    const { status, headers, cookies = [] } = view;
    const from = visitor(request);
    const note = readNote(from);
    const all = note === undefined ? cookies : [...cookies, note.cookie];
    return answerHtml(plainPage(assets, from, view, note?.text), {
      ...{ status, headers, cookies: all, visitor: from },
    });
  }

  /** Refused for anybody but a superuser; refusals of the core become pages within the frame. */
  async function give(
    request: Request,
    answer: (visit: Visit) => Promise<Response>,
    { isUse = true }: { readonly isUse?: boolean } = {},
  ): Promise<Response> {
    const visit = await findVisit(request);
    if (visit === undefined) return toLogin(visitor(request));
    const isNoted = isUse && (await core.auth.sessions.use(visit.actor, visit.session).catch(() => false));
    const response = await answerOrRefuse(visit, answer);
    if (isNoted) renew(visit, response, deps.idleLimit?.());
    return response;
  }

  async function answerOrRefuse(
    visit: Visit,
    answer: (visit: Visit) => Promise<Response>,
  ): Promise<Response> {
    try {
      return await answer(visit);
    } catch (error) {
      const view = failureView(error, visit.texts);
      if (view === undefined) throw error;
      return page(visit, view);
    }
  }

  async function readChange(visit: Visit): Promise<Form> {
    const { request, csrf } = visit;
    refuseForeign(visit);
    const form = createForm(await readForm(request, { size: LONGEST_FORM }));
    const sent = request.headers.get('x-csrf-token') ?? form.get('csrf');
    if (!isSameToken(sent, csrf)) throw new ForeignFormError();
    return form;
  }

  return {
    ...deps,
    ...{ assets, visitor, findVisit, give, page, plain },
    show: (request, make) => give(request, async (visit) => page(visit, await make(visit))),
    act: (request, action) => give(request, async (visit) => action(visit, await readChange(visit))),
    async readForm(from) {
      refuseForeign(from);
      return createForm(await readForm(from.request, { size: LONGEST_PLAIN_FORM }));
    },
    missing: (request) => plain(request, missingView(visitor(request).texts)),
    redirect: (request, path) => seeOther(visitor(request), path),
  };
}

/** Has the browser keep the session for as long again, unless the answer says something else of it. */
function renew({ session, site }: Visit, { headers }: Response, idle: number | undefined): void {
  if (idle === undefined) return;
  const cookie = sessionCookie({ refreshToken: session, refreshTtl: idle }, isSecure(site));
  const name = cookie.slice(0, cookie.indexOf('=') + 1);
  if (!headers.getSetCookie().some((one) => one.startsWith(name))) headers.append('set-cookie', cookie);
}

function refuseForeign({ request, site, url }: Visitor): void {
  if (isForeign(request, [site, url.origin])) throw new ForeignFormError();
}

/** The way back leads to the page, also from a form or a part of it. */
function toLogin(from: Visitor): Response {
  const { request, url } = from;
  const { headers, method } = request;
  const isPage = method === 'GET' && !from.isPartial;
  const here = isPage ? url.href : (headers.get('hx-current-url') ?? headers.get('referer') ?? '');
  const place = URL.canParse(here) ? new URL(here) : url;
  const isLost = method !== 'GET' && method !== 'HEAD' && url.pathname !== '/_/logout';
  const next = encodeURIComponent(place.pathname + place.search);
  return seeOther(from, `/_/login?next=${next}`, isLost ? { note: 'notTaken' } : {});
}
