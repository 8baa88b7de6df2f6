import { Elysia } from 'elysia';
import type { Console } from '../../console.ts';
import type { PageView } from '../../layout.ts';
import { isConfirmed } from '../../parts/confirm-dialog.ts';
import { type Messages, noMessages } from '../../parts/form.ts';
import { answerHtml, seeOther } from '../../respond.ts';
import type { Visit } from '../../visit.ts';
import { type StorageData, storageView } from './storage-view.ts';
import { createStorageWorks, type Order } from './storage-works.ts';
import { progressPart, trialOf } from './storage-works-view.ts';

const PATH = '/_/operations/storage';
const KEEP_DAYS = '7';

/** Where files lie: how much of what, tests of storages, and the works on all of their files. */
export const storagePages = (console: Console) => {
  const { core } = console;
  const works = createStorageWorks(core);

  async function page(
    visit: Visit,
    more: Partial<StorageData> & { status?: number } = {},
  ): Promise<PageView> {
    const { status, ...rest } = more;
    const view = storageView(visit, {
      ...{
        usage: await core.files.usage(visit.actor),
        storages: await core.storages.list(visit.actor),
        works,
      },
      ...{ keepDays: KEEP_DAYS, messages: noMessages, isUnconfirmed: false },
      ...rest,
    });
    return { ...view, status };
  }

  const begin = (visit: Visit, order: Order) =>
    seeOther(visit, PATH, works.start(visit.actor, order) ? {} : { note: 'storageBusy' });

  return new Elysia({ name: 'console.storage' })
    .get('/operations/storage', ({ request }) => console.show(request, (visit) => page(visit)))
    .get('/operations/storage/progress', ({ request }) =>
      console.give(
        request,
        async (visit) =>
          works.running === undefined
            ? seeOther(visit, PATH)
            : answerHtml(progressPart(visit, works.running)),
        { isUse: false },
      ),
    )
    .post(
      '/operations/storage/verifications',
      ({ request }) =>
        console.act(request, async (visit, form) =>
          begin(visit, { kind: 'verification', content: form.has('content') }),
        ),
      { parse: 'none' },
    )
    .post(
      '/operations/storage/migrations',
      ({ request }) =>
        console.act(request, async (visit, form) => {
          const known = (await core.storages.list(visit.actor)).map(({ name }) => name);
          const named = (name: string) => known.find((one) => one === form.get(name));
          const [to, from] = [named('to'), named('from')];
          // What was chosen on a page before the configuration changed.
          if (to === undefined || (form.get('from') !== '' && from === undefined))
            return seeOther(visit, PATH);
          return begin(visit, { kind: 'migration', to, from });
        }),
      { parse: 'none' },
    )
    .post(
      '/operations/storage/collection-trials',
      ({ request }) =>
        console.act(request, async (visit, form) => {
          const keepDays = form.get('keepDays').trim();
          if (/^\d{1,5}$/.test(keepDays))
            return begin(visit, { kind: 'collection', keepDays: Number(keepDays), dryRun: true });
          const messages: Messages = new Map([['keepDays', visit.texts.storage.badDays]]);
          return console.page(visit, await page(visit, { keepDays, messages, status: 422 }));
        }),
      { parse: 'none' },
    )
    .post(
      '/operations/storage/collections',
      ({ request }) =>
        console.act(request, async (visit, form) => {
          const trial = trialOf(works);
          if (trial === undefined) return seeOther(visit, PATH, { note: 'trialFirst' });
          if (!isConfirmed(form, visit.texts.storage.collectTyped))
            return console.page(visit, await page(visit, { isUnconfirmed: true, status: 422 }));
          return begin(visit, { kind: 'collection', keepDays: trial.keepDays, dryRun: false });
        }),
      { parse: 'none' },
    )
    .post(
      '/operations/storage/stops',
      ({ request }) =>
        console.act(request, async (visit) => {
          works.stop();
          return seeOther(visit, PATH, { note: 'storageStops' });
        }),
      { parse: 'none' },
    )
    .post(
      '/operations/storage/:name/tests',
      ({ params, request }) =>
        console.act(request, async (visit) => {
          const steps = await Array.fromAsync(core.storages.test(visit.actor, params.name));
          return console.page(visit, await page(visit, { test: { name: params.name, steps } }));
        }),
      { parse: 'none' },
    );
};
