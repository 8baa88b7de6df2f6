import { Elysia } from 'elysia';
import { createAssets } from './assets.ts';
import type { ConsoleDeps } from './console.ts';
import { createConsole } from './create-console.ts';
import { answerTrouble } from './failures.ts';
import { accountPages } from './pages/account/index.ts';
import { accountsPages } from './pages/accounts/index.ts';
import { collectionPages } from './pages/collections/index.ts';
import { connectPages } from './pages/connect/index.ts';
import { filePages } from './pages/files/index.ts';
import { operationsPages } from './pages/operations/index.ts';
import { overviewPages } from './pages/overview/index.ts';
import { palettePages } from './pages/palette/index.ts';
import { filterPages } from './pages/records/filter-pages.ts';
import { gridChangePages } from './pages/records/grid-changes.ts';
import { recordPages } from './pages/records/index.ts';
import { rulePages } from './pages/rules/index.ts';
import { setupPages } from './pages/setup/index.ts';
import { signInPages } from './pages/sign-in/index.ts';

export type { ConsoleDeps } from './console.ts';

/** What each resource adds. A new one is a folder beside them and a line here. */
const pages = [
  overviewPages,
  palettePages,
  setupPages,
  signInPages,
  accountPages,
  accountsPages,
  collectionPages,
  recordPages,
  filterPages,
  gridChangePages,
  rulePages,
  connectPages,
  filePages,
  operationsPages,
] as const;

/**
 * The pages at `/_/`, for superusers and their browsers (SECURITY-REQUIREMENTS 8). Each request finds out who asks; nothing is
 * shown to anybody else but the first run's form and the login.
 */
export const consolePages = (deps: ConsoleDeps) => {
  const assets = createAssets(deps.files);
  const console = createConsole(deps, assets);
  const root = new Elysia({ name: 'console', prefix: '/_', strictPath: true })
    .onError(({ error, request }) => answerTrouble(console, request, error))
    .get('', ({ request }) => console.redirect(request, '/_/'))
    .get(
      '/assets/:version/:file',
      async ({ params, request }) =>
        (await assets.answer(String(params.version), String(params.file), request)) ??
        console.missing(request),
    );
  for (const make of pages) root.use(make(console));
  return root.all('/*', ({ request }) => console.missing(request), { parse: 'none' });
};
