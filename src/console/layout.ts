import type { Assets } from './assets.ts';
import { type Html, html } from './html.ts';
import type { Look } from './look.ts';
import { csrfField } from './parts/form.ts';
import { icon } from './parts/icon.ts';
import { toast } from './parts/toast.ts';
import { hasHelpKey } from './shortcut-keys.ts';
import type { Texts } from './texts/index.ts';
import type { Visit, Visitor } from './visit.ts';

/** The entries of the main navigation, by their words in `texts.frame`, and where they lead. */
const sections = [
  { name: 'overview', path: '/_/' },
  { name: 'collections', path: '/_/collections' },
  { name: 'files', path: '/_/files' },
  { name: 'accounts', path: '/_/accounts' },
  { name: 'operations', path: '/_/operations' },
] as const;

/** One of the main parts of the console. */
export type Section = (typeof sections)[number]['name'];

/** A page above this one. */
export interface Crumb {
  readonly text: string;
  readonly path: string;
}

/** A link beside others of which one is open. */
export interface Tab extends Crumb {
  readonly isOpen: boolean;
}

/** A page of the console: what it says of itself, and its content. */
export interface PageView {
  /** Stands in the browser's title and is the heading. */
  readonly title: string;
  readonly section?: Section;
  /** Pages above it, the nearest last. */
  readonly crumbs?: readonly Crumb[];
  /** What can be done with all of it: buttons beside the heading. */
  readonly actions?: Html;
  readonly tabs?: readonly Tab[];
  readonly body: Html;
  /** What a request of htmx for a part of the page gets; default: the body. */
  readonly part?: Html;
  /** The table is wide: the page uses all of the window. */
  readonly isWide?: boolean;
  /** It shows a file of this server in a frame. */
  readonly hasFrame?: boolean;
  /** Default 200. 422 for a form that was not accepted: its title begins with "Error". */
  readonly status?: number;
}

/** The page within the frame: navigation, heading, content. */
export function framePage(assets: Assets, visit: Visit, view: PageView, note: string | undefined): Html {
  const { texts, email, csrf, look, account } = visit;
  const { frame } = texts;
  const scripts = html`
    <script type="module" src="${assets.path('console.js')}"></script>
    <script src="${assets.path('htmx.js')}" defer></script>`;
  return documentOf(
    { assets, texts, look, title: titleOf(view, texts), scripts },
    html`
  <body class="framed" data-account="${String(account.record.id)}" hx-headers:inherited="${JSON.stringify({ 'X-CSRF-Token': csrf })}">
    <a class="skip" href="#main">${frame.skip}</a>
    <header class="bar">
      <a class="brand" href="/_/">${icon('dossier')}<span>Dossier</span></a>
      <command-palette label="${texts.palette.title}" close="${frame.close}" recent="${texts.palette.kinds.recent}"${
        hasHelpKey(visit) && html` help="/_/shortcuts"`
      }><a class="bar-link" href="/_/palette"
        aria-keyshortcuts="Control+K Meta+K">${icon('search')}<span class="bar-text">${texts.palette.open}</span>
        <kbd aria-hidden="true">${texts.shortcuts.control} K</kbd></a></command-palette>
      <a class="bar-link" href="/_/account" title="${frame.yourAccount}: ${email}">${icon('person')}<span
        class="bar-text">${email}</span></a>
      <form action="/_/logout" method="post">${csrfField(visit)}
        <button class="bar-link" type="submit">${icon('leave')}<span class="bar-text">${frame.signOut}</span></button>
      </form>
    </header>
    <nav class="side" aria-label="${frame.mainNavigation}">
      <ul>${sections.map(
        ({ name, path }) => html`
        <li><a href="${path}"${view.section === name && html` aria-current="true"`}>${icon(name)}<span>${frame[name]}</span></a></li>`,
      )}
      </ul>
    </nav>
    <main id="main" tabindex="-1"${view.isWide && html` class="wide"`}>
      ${crumbs(view.crumbs ?? [], texts)}
      <div class="page-head"><h1>${view.title}</h1>${view.actions && html`<div class="actions">${view.actions}</div>`}</div>
      ${tabs(view.tabs ?? [])}
      ${view.body}
    </main>
    ${toast(note)}
  </body>`,
  );
}

/** A page without the frame, for somebody who has not signed in. It needs no script. */
export function plainPage(
  assets: Assets,
  { texts, look }: Pick<Visitor, 'texts' | 'look'>,
  view: Pick<PageView, 'title' | 'status' | 'body'>,
  note?: string,
): Html {
  return documentOf(
    { assets, texts, look, title: titleOf(view, texts) },
    html`
  <body class="plain">
    <main>
      <p class="brand">${icon('dossier')}<span>Dossier</span></p>
      <h1>${view.title}</h1>
      ${note !== undefined && html`<p role="status" class="notice">${note}</p>`}
      ${view.body}
    </main>
  </body>`,
  );
}

interface Head {
  readonly assets: Assets;
  readonly texts: Texts;
  readonly look: Look;
  readonly title: string;
  readonly scripts?: Html;
}

function documentOf({ assets, look, title, scripts }: Head, body: Html): Html {
  return html`<!doctype html>
<html lang="${look.locale}" data-theme="${look.theme}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <meta name="htmx-config" content='{"includeIndicatorCSS":false,"defaultTimeout":30000}'>
    <title>${title}</title>
    <link rel="icon" href="${assets.path('icon.svg')}" type="image/svg+xml">
    <link rel="stylesheet" href="${assets.path('console.css')}">${scripts}
  </head>${body}
</html>
`;
}

function titleOf({ title, status }: Pick<PageView, 'title' | 'status'>, { frame }: Texts): string {
  const isWrong = status !== undefined && status >= 400 && !title.startsWith(frame.error);
  return `${isWrong ? `${frame.error}: ` : ''}${title} · Dossier`;
}

function crumbs(all: readonly Crumb[], { frame }: Texts): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<nav class="crumbs" aria-label="${frame.breadcrumbs}"><ol>${all.map(
    ({ text, path }) => html`<li><a href="${path}">${text}</a></li>`,
  )}</ol></nav>`;
}

function tabs(all: readonly Tab[]): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<nav class="tabs"><ul>${all.map(
    ({ text, path, isOpen }) =>
      html`<li><a href="${path}"${isOpen && html` aria-current="page"`}>${text}</a></li>`,
  )}</ul></nav>`;
}
