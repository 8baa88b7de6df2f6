import { AppError } from '../core/index.ts';
import { BodyError } from '../http/body.ts';
import type { Console } from './console.ts';
import { html } from './html.ts';
import type { PageView } from './layout.ts';
import type { Texts } from './texts/index.ts';

/** A form that was not sent by a page of the session that it speaks for. */
export class ForeignFormError extends Error {
  constructor() {
    super('a form without its CSRF token, or of another site');
    this.name = 'ForeignFormError';
  }
}

/** The page that tells a superuser why something was refused; undefined for what nobody foresaw. */
export function failureView(error: unknown, { frame }: Texts): PageView | undefined {
  if (error instanceof ForeignFormError) return view(403, frame.formExpiredTitle, frame.formExpiredBody);
  if (error instanceof BodyError) {
    return error.kind === 'too_large'
      ? view(413, frame.tooLargeTitle, frame.tooLargeBody)
      : view(400, frame.unreadableTitle, frame.unreadableBody);
  }
  if (!(error instanceof AppError)) return undefined;
  switch (error.code) {
    case 'not_found':
      return view(404, frame.notFoundTitle, frame.notFoundBody);
    case 'busy':
    case 'unavailable':
      return view(503, frame.busyTitle, frame.busyBody);
    case 'internal':
      return undefined;
    default:
      return view(422, frame.refusedTitle, refusal(error, frame));
  }
}

/** A refusal that no page foresaw, in a sentence. */
export function refusal({ reason = '', code }: AppError, { reasons, refusedBody }: Texts['frame']): string {
  return (Object.hasOwn(reasons, reason) && reasons[reason]) || refusedBody(reason || code);
}

/** The last resort: what nobody foresaw is logged with the request's id, and the page tells nothing of it. */
export function answerTrouble(console: Console, request: Request, error: unknown): Response {
  const known = failureView(error, console.visitor(request).texts);
  if (known === undefined) {
    const { pathname: path } = new URL(request.url);
    console.core.log.error('request.failed', { id: console.requestId(request), path, cause: error });
  }
  const { frame } = console.visitor(request).texts;
  return console.plain(request, known ?? view(500, frame.troubleTitle, frame.troubleBody));
}

/** The page for an address that has none. */
export function missingView({ frame }: Texts): PageView {
  return view(404, frame.notFoundTitle, frame.notFoundBody, html`<p><a href="/_/">${frame.toStart}</a></p>`);
}

function view(status: number, title: string, text: string, more = html``): PageView {
  return { status, title, body: html`<p>${text}</p>${more}` };
}
