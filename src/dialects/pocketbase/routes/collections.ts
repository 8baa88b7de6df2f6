import { Elysia } from 'elysia';
import type { Collection, Core } from '../../../core/index.ts';
import type { DialectOptions } from '../../dialect.ts';
import { readObject } from '../body.ts';
import { identify, requireSuperuser } from '../caller.ts';
import { collectionPageShape, collectionShape } from '../collection-shape.ts';
import { failingWith, WireError } from '../errors.ts';
import { paging } from '../paging.ts';
import { json, noContent } from '../respond.ts';

/** Definitions of collections; superusers only (specs/pocketbase.md 3). */
export const collectionRoutes = (core: Core, options: DialectOptions) =>
  new Elysia({ name: 'pocketbase.collections', prefix: '/collections' })
    .resolve(async ({ params, query, request }) => {
      const actor = await identify(core, options, request, query, params);
      requireSuperuser(actor);
      return { actor };
    })
    .get('', async ({ actor, query }) => {
      const { filter, sort, fields } = query;
      const page = await core.collections.list(actor, { ...paging(query), filter, sort });
      return json(collectionPageShape(page), 200, fields);
    })
    .post(
      '',
      async ({ actor, request, query }) => {
        const input = definitionOf(await readObject(request));
        const made = await failingWith('Failed to create collection.', core.collections.create(actor, input));
        return json(collectionShape(made), 200, query.fields);
      },
      { parse: 'none' },
    )
    .get('/meta/scaffolds', ({ query }) => {
      const { scaffold } = core.collections;
      const shapes = { auth: collectionShape(scaffold('auth')), base: collectionShape(scaffold('base')) };
      return json(shapes, 200, query.fields);
    })
    .get('/:collection', ({ params, query }) =>
      json(collectionShape(existing(core, params.collection)), 200, query.fields),
    )
    .patch(
      '/:collection',
      async ({ actor, params, request, query }) => {
        existing(core, params.collection);
        const input = definitionOf(await readObject(request));
        const updated = core.collections.update(actor, params.collection, input);
        return json(
          collectionShape(await failingWith('Failed to update collection.', updated)),
          200,
          query.fields,
        );
      },
      { parse: 'none' },
    )
    .delete(
      '/:collection',
      async ({ actor, params }) => {
        existing(core, params.collection);
        await failingWith('Failed to delete collection.', core.collections.delete(actor, params.collection));
        return noContent();
      },
      { parse: 'none' },
    )
    .delete(
      '/:collection/truncate',
      async ({ actor, params }) => {
        existing(core, params.collection);
        await failingWith(
          'Failed to truncate collection.',
          core.collections.truncate(actor, params.collection),
        );
        return noContent();
      },
      { parse: 'none' },
    );

/** What this dialect's definitions say; what other dialects keep with a collection is not theirs to change. */
function definitionOf({ dialects: _, ...definition }: Record<string, unknown>): Record<string, unknown> {
  return definition;
}

/** The collection of a path; 404 in the default words, which here are those of any missing thing. */
function existing(core: Core, idOrName: string): Collection {
  const collection = core.collections.schema.find(idOrName);
  if (collection === undefined) throw new WireError(404);
  return collection;
}
