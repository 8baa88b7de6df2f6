import { Elysia } from 'elysia';
import type { Core } from '../../../core/index.ts';
import type { DialectOptions } from '../../dialect.ts';
import { readRecordInput } from '../body.ts';
import { identify, recordCollection, refuseRuleFields } from '../caller.ts';
import { paging } from '../paging.ts';
import { json, noContent } from '../respond.ts';
import { pageShape, recordShape } from '../shape.ts';

/** Records of a collection (specs/pocketbase.md 5), and BosBase's count (11). */
export const recordRoutes = (core: Core, options: DialectOptions) =>
  new Elysia({ name: 'pocketbase.records', prefix: '/collections/:collection/records' })
    .derive(async ({ params, query, request }) => ({
      actor: await identify(core, options, request, query, params),
    }))
    .get('', async ({ actor, params, query }) => {
      const { filter, sort, expand, fields } = query;
      const collection = recordCollection(core, params.collection);
      const page = await core.records.list(actor, collection, { ...paging(query), filter, sort, expand });
      return json(pageShape(page), 200, fields);
    })
    .get('/count', async ({ actor, params, query }) => {
      const collection = recordCollection(core, params.collection);
      return json({ count: await core.records.count(actor, collection, query.filter) }, 200, query.fields);
    })
    .get('/:id', async ({ actor, params, query }) => {
      const { expand, fields } = query;
      const collection = recordCollection(core, params.collection);
      refuseRuleFields(actor, query);
      return json(
        recordShape(await core.records.view(actor, collection, params.id, { expand })),
        200,
        fields,
      );
    })
    .post(
      '',
      async ({ actor, params, query, request }) => {
        const { expand, fields } = query;
        const collection = recordCollection(core, params.collection);
        refuseRuleFields(actor, query);
        const { input, intake } = await readRecordInput(core, options, actor, collection, undefined, request);
        const made = await core.records.create(actor, collection, input, { expand, intake });
        return json(recordShape(made), 200, fields);
      },
      { parse: 'none' },
    )
    .patch(
      '/:id',
      async ({ actor, params, query, request }) => {
        const { expand, fields } = query;
        const collection = recordCollection(core, params.collection);
        refuseRuleFields(actor, query);
        const { input, intake } = await readRecordInput(core, options, actor, collection, params.id, request);
        const updated = await core.records.update(actor, collection, params.id, input, { expand, intake });
        return json(recordShape(updated), 200, fields);
      },
      { parse: 'none' },
    )
    .delete(
      '/:id',
      async ({ actor, params, query }) => {
        refuseRuleFields(actor, query);
        await core.records.delete(actor, recordCollection(core, params.collection), params.id);
        return noContent();
      },
      { parse: 'none' },
    );
