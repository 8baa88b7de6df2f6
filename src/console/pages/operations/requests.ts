import { Elysia } from 'elysia';
import { AppError, type Core } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import type { Visit } from '../../visit.ts';
import { entryView } from './requests-entry.ts';
import { answerLogExport } from './requests-export.ts';
import { latestEntries, liveView, streamEntries } from './requests-live.ts';
import { logFilterOf, type RequestsState, readRequestsState } from './requests-state.ts';
import { type RequestsData, requestsView, widthOf } from './requests-view.ts';

/** The log of requests and of events, and each entry. */
export const requestPages = (console: Console) =>
  new Elysia({ name: 'console.requests' })
    .get('/operations/requests', ({ request }) =>
      console.show(request, async (visit) => {
        const state = readRequestsState(visit.url.searchParams);
        return requestsView(visit, state, await readLog(console.core, visit, state));
      }),
    )
    .get('/operations/requests/live', ({ request }) =>
      console.show(request, async (visit) => {
        const state = readRequestsState(visit.url.searchParams);
        return liveView(visit, state, await unlessOff(() => latestEntries(console.core, visit, state)));
      }),
    )
    .get('/operations/requests/stream', ({ request }) =>
      console.give(
        request,
        async (visit) => streamEntries(console, visit, readRequestsState(visit.url.searchParams)),
        { isUse: false },
      ),
    )
    .get('/operations/requests/export', ({ request }) =>
      console.give(request, async (visit) =>
        answerLogExport(console.core, visit, readRequestsState(visit.url.searchParams)),
      ),
    )
    .get('/operations/requests/:id', ({ params, request }) =>
      console.show(request, async (visit) => {
        const id = /^\d{1,16}$/.test(params.id) ? Number(params.id) : 0;
        return entryView(visit, await console.core.logs.get(visit.actor, id));
      }),
    );

async function readLog({ logs, clock }: Core, { actor }: Visit, state: RequestsState): Promise<RequestsData> {
  const filter = logFilterOf(state, clock.now());
  const before = state.before === '' ? {} : { before: Number(state.before) };
  return unlessOff(async () => {
    const page = await logs.list(actor, filter, before);
    return { page, buckets: await logs.buckets(actor, filter, widthOf(state)) };
  });
}

/** Undefined where no log is kept. */
async function unlessOff<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof AppError && error.reason === 'request_log') return undefined;
    throw error;
  }
}
