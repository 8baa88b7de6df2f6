import { Elysia } from 'elysia';
import type { Console } from '../../console.ts';
import { waitingView } from '../setup/views.ts';
import { readOverview } from './data.ts';
import { overviewView } from './view.ts';

/** The start page; before there is a superuser, it says how to become one. With `totals=1` records are counted. */
export const overviewPages = (console: Console) =>
  new Elysia({ name: 'console.overview' }).get('/', async ({ request }) => {
    if (await console.core.auth.needsFirstSuperuser()) {
      return console.plain(request, waitingView(console.visitor(request).texts));
    }
    return console.show(request, async (visit) => {
      const isCounted = visit.url.searchParams.get('totals') === '1';
      return overviewView(visit, await readOverview(console.core, visit.actor, isCounted));
    });
  });
