import { Elysia } from 'elysia';
import { AppError, type Core, type Issue } from '../../../core/index.ts';
import type { DialectOptions } from '../../dialect.ts';
import { readObject } from '../body.ts';
import { identify } from '../caller.ts';
import { WireError } from '../errors.ts';
import { createRealtime } from '../realtime.ts';
import { noContent } from '../respond.ts';

const MAX_CLIENT_ID = 255;
const MAX_SUBSCRIPTIONS = 1000;
const MAX_SUBSCRIPTION = 2500;

/** The stream of events, and what a client wants to be told of (specs/pocketbase.md 9). */
export const realtimeRoutes = (core: Core, options: DialectOptions) => {
  const realtime = createRealtime(core, options);
  return new Elysia({ name: 'pocketbase.realtime', prefix: '/realtime' })
    .get('', ({ request }) => realtime.connect(request))
    .post(
      '',
      async ({ params, query, request }) => {
        const { clientId, subscriptions } = readSubmission(await readObject(request));
        // After the body: what was signed out of while it came does not count.
        const actor = await identify(core, options, request, query, params);
        await realtime.subscribe(actor, request, clientId, subscriptions);
        return noContent();
      },
      { parse: 'none' },
    );
};

function readSubmission({ clientId = '', subscriptions = [] }: Readonly<Record<string, unknown>>) {
  const texts = Array.isArray(subscriptions) ? subscriptions : subscriptions === null ? [] : [subscriptions];
  const isText = (value: unknown): value is string => typeof value === 'string';
  if (!isText(clientId) || !texts.every(isText)) throw new WireError(400);
  const issues: Issue[] = [];
  if (clientId === '') issues.push({ path: 'clientId', code: 'required' });
  else if (clientId.length > MAX_CLIENT_ID) {
    issues.push({ path: 'clientId', code: 'length_out_of_range', params: { min: 1, max: MAX_CLIENT_ID } });
  }
  if (texts.length > MAX_SUBSCRIPTIONS) {
    issues.push({ path: 'subscriptions', code: 'length_too_long', params: { max: MAX_SUBSCRIPTIONS } });
  }
  const long = texts.findIndex((text) => text.length > MAX_SUBSCRIPTION);
  if (issues.length === 0 && long >= 0) {
    const params = { max: MAX_SUBSCRIPTION };
    issues.push({ path: `subscriptions.${long}`, code: 'length_too_long', params });
  }
  if (issues.length > 0) throw new AppError('invalid', { issues });
  return { clientId, subscriptions: texts };
}
