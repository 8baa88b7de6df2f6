import { Elysia } from 'elysia';
import type { Console } from '../../console.ts';
import { seeOther } from '../../respond.ts';
import { aboutPages } from './about.ts';
import { backupPages } from './backups.ts';
import { healthPages } from './health.ts';
import { jobPages } from './jobs.ts';
import { requestPages } from './requests.ts';
import { restorationPages } from './restoration.ts';
import { settingsPages } from './settings.ts';
import { sqlPages } from './sql.ts';
import { storagePages } from './storage.ts';
import { FIRST_PAGE } from './tabs.ts';

/** How the server runs. A new page is a file beside this one, a line here, and a tab. */
export const operationsPages = (console: Console) => {
  const root = new Elysia({ name: 'console.operations' }).get('/operations', ({ request }) =>
    console.give(request, async (visit) => seeOther(visit, FIRST_PAGE)),
  );
  for (const make of [
    requestPages,
    backupPages,
    restorationPages,
    storagePages,
    jobPages,
    settingsPages,
    sqlPages,
    healthPages,
    aboutPages,
  ])
    root.use(make(console));
  return root;
};
