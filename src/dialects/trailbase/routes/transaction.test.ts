import { expect, test } from 'bun:test';
import { openTestCore } from '../../../../test/support/core.ts';
import type { DialectOptions } from '../../dialect.ts';
import { trailbase } from '../index.ts';

test('batches are nowhere where they are switched off', async () => {
  const { core, close } = await openTestCore();
  const ask = async (transactions: boolean, method: string) => {
    const request = new Request('http://localhost/api/transaction/v1/execute', {
      method,
      headers: { 'content-type': 'application/json' },
      body: method === 'GET' ? undefined : '{"operations":[]}',
    });
    const { status } = await trailbase.routes(core, optionsWith(transactions)).handle(request);
    return status;
  };
  expect([await ask(true, 'POST'), await ask(true, 'GET')]).toEqual([200, 405]);
  expect([await ask(false, 'POST'), await ask(false, 'GET')]).toEqual([404, 404]);
  await close();
});

function optionsWith(transactions: boolean): DialectOptions {
  return {
    settings: { publicUrl: undefined, redirectUris: [], redirectSchemes: [], transactions },
    maxBodySize: 1_000_000,
    clientAddress: () => '',
    proxyHeader: () => '',
    requestId: () => '',
    holdOpen: () => undefined,
    openStream: () => undefined,
    openSocket: () => 'unsupported',
  };
}
