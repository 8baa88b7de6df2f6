import { Elysia } from 'elysia';
import type { Core } from '../../../core/index.ts';
import type { Console } from '../../console.ts';
import { seeOther } from '../../respond.ts';
import type { Visit } from '../../visit.ts';
import { type StorageData, storageView } from './storage-view.ts';
import { createVerifier, type Verifier } from './verification.ts';

const PATH = '/_/operations/storage';

/** Where files lie: how much of what, tests of storages, and the comparison of catalogue and bytes. */
export const storagePages = (console: Console) => {
  const verifier = createVerifier(console.core);
  return new Elysia({ name: 'console.storage' })
    .get('/operations/storage', ({ request }) =>
      console.show(request, async (visit) =>
        storageView(visit, await readStorage(console.core, visit, verifier)),
      ),
    )
    .post(
      '/operations/storage/verifications',
      ({ request }) =>
        console.act(request, async (visit, form) => {
          verifier.start(visit.actor, form.has('content'));
          return seeOther(visit, PATH);
        }),
      { parse: 'none' },
    )
    .post(
      '/operations/storage/:name/tests',
      ({ params, request }) =>
        console.act(request, async (visit) => {
          const steps = await Array.fromAsync(console.core.storages.test(visit.actor, params.name));
          const data = await readStorage(console.core, visit, verifier);
          return console.page(visit, storageView(visit, { ...data, test: { name: params.name, steps } }));
        }),
      { parse: 'none' },
    );
};

async function readStorage(core: Core, { actor }: Visit, { last }: Verifier): Promise<StorageData> {
  const usage = await core.files.usage(actor);
  return { usage, storages: await core.storages.list(actor), verification: last };
}
