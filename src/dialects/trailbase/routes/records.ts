import { Elysia } from 'elysia';
import type { Core } from '../../../core/index.ts';
import type { DialectOptions } from '../../dialect.ts';
import { judged, refuseDenied } from '../access.ts';
import { getApi } from '../api.ts';
import { checkedRedirect } from '../ask.ts';
import { answerTo } from '../caller.ts';
import { idFromPath } from '../ids.ts';
import { listRecords } from '../list.ts';
import { readExpand, readListQuery, readParameter } from '../query.ts';
import { readRecord } from '../read.ts';
import { readRecordBody } from '../record-body.ts';
import { emptyAnswer, jsonAnswer, redirectAnswer, textAnswer } from '../respond.ts';
import { recordShape } from '../shape.ts';
import { createRecords, requireTable } from '../write.ts';

/** Records of an API (specs/trailbase.md 4, 5, 6). */
export const recordRoutes = (core: Core, options: DialectOptions) =>
  new Elysia({ name: 'trailbase.records', prefix: '/records/v1' })
    .get('/:name', ({ params, request }) =>
      answerTo(core, options, request, params, async (actor) => {
        const api = getApi(core, params.name);
        const shape = await judged(core, actor, { api, action: 'list' }, async () => {
          const list = await listRecords(core, actor, api, readListQuery(api, request));
          if (list.total_count === 0) await refuseDenied(core, actor, { api, action: 'list' });
          return list;
        });
        return jsonAnswer(shape);
      }),
    )
    .get('/:name/:record', ({ params, request }) =>
      answerTo(core, options, request, params, async (actor) => {
        const api = getApi(core, params.name);
        const id = idFromPath(api.collection.idKind, params.record);
        return judged(core, actor, { api, action: 'view', id }, async () => {
          const expand = readExpand(api, readParameter(request, 'expand'));
          return jsonAnswer(await recordShape(core, api, await readRecord(core, actor, api, id, expand)));
        });
      }),
    )
    .post(
      '/:name',
      ({ params, request }) =>
        answerTo(core, options, request, params, async (actor) => {
          const api = getApi(core, params.name);
          requireTable(api);
          return judged(core, actor, { api, action: 'create' }, async () => {
            const target = readParameter(request, 'redirect_uri');
            const redirect = checkedRedirect({ core, options, request }, target);
            const records = await readRecordBody({ core, options, actor, api, id: undefined }, request);
            const ids = await createRecords(core, actor, api, records);
            return redirect === undefined ? jsonAnswer({ ids }) : redirectAnswer(redirect);
          });
        }),
      { parse: 'none' },
    )
    .patch(
      '/:name/:record',
      ({ params, request }) =>
        answerTo(core, options, request, params, async (actor) => {
          const api = getApi(core, params.name);
          requireTable(api);
          const id = idFromPath(api.collection.idKind, params.record);
          await judged(core, actor, { api, action: 'update', id }, async () => {
            const records = await readRecordBody({ core, options, actor, api, id }, request);
            for (const { input, intake } of records)
              await core.records.update(actor, api.collection, id, input, { intake });
          });
          return emptyAnswer();
        }),
      { parse: 'none' },
    )
    .delete(
      '/:name/:record',
      ({ params, request }) =>
        answerTo(core, options, request, params, async (actor) => {
          const api = getApi(core, params.name);
          requireTable(api);
          const id = idFromPath(api.collection.idKind, params.record);
          await judged(core, actor, { api, action: 'delete', id }, () =>
            core.records.delete(actor, api.collection, id),
          );
          return textAnswer('deleted');
        }),
      { parse: 'none' },
    )
    .all('/:name', () => emptyAnswer(405), { parse: 'none' })
    .all('/:name/:record', () => emptyAnswer(405), { parse: 'none' });
