import { expect, test } from 'bun:test';
import { ServiceError } from '../remote/object-service.ts';
import { faultOf, refusalOf, sdkFault } from './faults.ts';

const live = () => new AbortController().signal;

test.each([
  [404, 'ContainerNotFound', 'no_bucket'],
  [409, 'ContainerBeingDeleted', 'no_bucket'],
  [404, 'BlobNotFound', 'missing'],
  [404, '', 'missing'],
  [403, 'AuthenticationFailed', 'denied'],
  [403, 'AuthorizationPermissionMismatch', 'denied'],
  [400, 'InvalidAuthenticationInfo', 'denied'],
  [400, 'Md5Mismatch', 'damaged'],
  [400, 'InvalidMd5', 'rejected'],
  [400, 'InvalidBlockList', 'missing'],
  [409, 'BlobAlreadyExists', 'changed'],
  [412, 'ConditionNotMet', 'changed'],
  [409, 'PendingCopyOperation', 'rejected'],
  [503, 'ServerBusy', 'throttled'],
  [500, 'OperationTimedOut', 'failed'],
  [500, 'InternalError', 'failed'],
] as const)('%d %s is %s', (status, code, fault) => {
  expect(faultOf(status, code)).toBe(fault);
});

test('an answer tells its code and how long to wait', async () => {
  const headers = { 'x-ms-error-code': 'ServerBusy', 'retry-after': '3' };
  const refusal = await refusalOf(new Response('<Error/>', { status: 503, headers }), live());
  expect(refusal).toMatchObject({ fault: 'throttled', status: 503, retryAfter: 3, cause: 'ServerBusy' });
});

test('errors of the library say how the request failed, and keep no request with its signature', () => {
  const request = { headers: { authorization: 'SharedKey opensesame' } };
  const response = { headers: new Headers({ 'x-ms-error-code': 'ContainerNotFound', 'retry-after': '2' }) };
  const refused = sdkFault(Object.assign(new Error('no'), { statusCode: 404, request, response }), live());
  expect(refused).toMatchObject({ fault: 'no_bucket', status: 404, retryAfter: 2 });
  expect(Bun.inspect(refused)).not.toContain('SharedKey');

  const cut = sdkFault(Object.assign(new Error('socket hang up'), { code: 'ECONNRESET', request }), live());
  expect(cut).toMatchObject({ fault: 'unreachable' });
  const unread = sdkFault(
    Object.assign(new Error('bad XML'), { code: 'PARSE_ERROR', statusCode: 200 }),
    live(),
  );
  expect(unread).toMatchObject({ fault: 'failed' });

  const own = new ServiceError('changed');
  expect(sdkFault(own, live())).toBe(own);
  const reason = new Error('client left');
  expect(sdkFault(own, AbortSignal.abort(reason))).toBe(reason);
});
