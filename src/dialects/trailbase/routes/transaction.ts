import { Elysia } from 'elysia';
import type { Core } from '../../../core/index.ts';
import type { DialectOptions } from '../../dialect.ts';
import { answerTo } from '../caller.ts';
import { TrailBaseError } from '../errors.ts';
import { emptyAnswer, jsonAnswer } from '../respond.ts';
import { execute } from '../transaction.ts';
import { readTransaction } from '../transaction-body.ts';

/** Several operations in one request (specs/trailbase.md 8); 404 where they are switched off. */
export const transactionRoutes = (core: Core, options: DialectOptions) =>
  new Elysia({ name: 'trailbase.transaction', prefix: '/transaction/v1' })
    .post(
      '/execute',
      ({ params, request }) =>
        answerTo(core, options, request, params, async (actor) => {
          if (!options.settings.transactions) throw new TrailBaseError(404);
          return jsonAnswer(await execute(core, options, actor, await readTransaction(options, request)));
        }),
      { parse: 'none' },
    )
    .all('/execute', () => emptyAnswer(options.settings.transactions ? 405 : 404), { parse: 'none' });
