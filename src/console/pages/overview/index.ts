import { Elysia } from 'elysia';
import type { Console } from '../../console.ts';
import { seeOther } from '../../respond.ts';
import { waitingView } from '../setup/views.ts';
import { readOverview } from './data.ts';
import { HIDDEN_STEPS } from './steps.ts';
import { overviewView } from './view.ts';

/** The start page; before there is a superuser, it says how to become one. With `totals=1` records are counted. */
export const overviewPages = (console: Console) =>
  new Elysia({ name: 'console.overview' })
    .post(
      '/overview/steps/hiding',
      ({ request }) =>
        console.act(request, async (visit) => {
          await console.core.preferences.save(visit.actor, { [HIDDEN_STEPS]: true });
          return seeOther(visit, '/_/', { note: 'stepsHidden' });
        }),
      { parse: 'none' },
    )
    .get('/', async ({ request }) => {
      if (await console.core.auth.needsFirstSuperuser()) {
        return console.plain(request, waitingView(console.visitor(request).texts));
      }
      return console.show(request, async (visit) => {
        const isCounted = visit.url.searchParams.get('totals') === '1';
        return overviewView(visit, await readOverview(console.core, visit, isCounted));
      });
    });
