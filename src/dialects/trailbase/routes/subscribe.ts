import { Elysia } from 'elysia';
import type { Core } from '../../../core/index.ts';
import type { DialectOptions } from '../../dialect.ts';
import { answerTo } from '../caller.ts';
import { emptyAnswer } from '../respond.ts';
import { createSubscriptions } from '../subscriptions.ts';

/** Changes of records as they are committed (specs/trailbase.md 9). */
export const subscribeRoutes = (core: Core, options: DialectOptions) => {
  const subscriptions = createSubscriptions(core, options);
  return new Elysia({ name: 'trailbase.subscribe', prefix: '/records/v1' })
    .get('/:name/subscribe/:record', ({ params, request }) =>
      answerTo(core, options, request, params, (actor) =>
        subscriptions.open(actor, request, params.name, params.record),
      ),
    )
    .all('/:name/subscribe/:record', () => emptyAnswer(405), { parse: 'none' });
};
