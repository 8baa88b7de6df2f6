import type { Scenario } from '../../support/scenarios.ts';

const MISSING = '"data":{},"message":"The requested resource wasn\'t found.","status":404';

/** What comes later answers "not configured", or as if it were not there; never a pretence. */
export const laterScenarios: readonly Scenario[] = [
  {
    name: 'OAuth2 is not configured',
    method: 'POST',
    path: '/api/collections/users/auth-with-oauth2',
    body: { provider: 'google', code: 'x', codeVerifier: 'y', redirectURL: 'https://example.com' },
    status: 403,
    has: ['The collection is not configured to allow OAuth2 authentication.'],
  },
  {
    name: 'one-time codes are not configured',
    method: 'POST',
    path: '/api/collections/users/request-otp',
    body: { email: 'alice@example.com' },
    status: 403,
    has: ['The collection is not configured to allow OTP authentication.'],
  },
  {
    name: 'nor can one be used',
    method: 'POST',
    path: '/api/collections/users/auth-with-otp',
    body: { otpId: 'x', password: '12345678' },
    status: 403,
    has: ['The collection is not configured to allow OTP authentication.'],
  },
  {
    name: 'batch answers as the original does by default',
    method: 'POST',
    path: '/api/batch',
    as: 'admin',
    body: { requests: [{ method: 'POST', url: '/api/collections/posts/records', body: {} }] },
    status: 403,
    has: ['"data":{},"message":"Batch requests are not allowed.","status":403'],
  },
  ...[
    'request-verification',
    'confirm-verification',
    'request-password-reset',
    'confirm-password-reset',
    'request-email-change',
    'confirm-email-change',
  ].map(
    (route): Scenario => ({
      name: `${route} comes later`,
      method: 'POST',
      path: `/api/collections/users/${route}`,
      body: { email: 'alice@example.com' },
      status: 404,
      has: [MISSING],
    }),
  ),
  ...[
    ['GET', '/api/settings'],
    ['PATCH', '/api/settings'],
    ['GET', '/api/logs'],
    ['GET', '/api/logs/stats'],
    ['GET', '/api/crons'],
    ['POST', '/api/sql'],
    ['GET', '/api/vectors'],
    ['GET', '/api/llm-documents'],
    ['GET', '/api/cache'],
    ['POST', '/api/collections/posts/records/search'],
    ['GET', '/api/collections/users/records/{alice}/external-auths'],
  ].map(
    ([method, path = '']): Scenario => ({
      name: `${method} ${path} is not there`,
      method,
      path,
      as: 'admin',
      status: 404,
      has: [MISSING],
    }),
  ),
  {
    name: 'a view collection comes later, and says so at its type',
    method: 'POST',
    path: '/api/collections',
    as: 'admin',
    body: { name: 'summary', type: 'view', viewQuery: 'SELECT id FROM posts' },
    status: 400,
    has: ['Failed to create collection.', '"type":{"code":"validation_'],
  },
  { name: 'a path outside the API', path: '/nowhere', status: 404, lacks: ['<script'] },
  {
    name: 'a preflight is answered for any origin, without credentials',
    method: 'OPTIONS',
    path: '/api/collections/posts/records',
    headers: {
      origin: 'https://app.example.com',
      'access-control-request-method': 'PATCH',
      'access-control-request-headers': 'authorization,content-type',
    },
    status: 204,
    responseHeaders: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': 'GET,HEAD,PUT,PATCH,POST,DELETE',
      'access-control-allow-headers': 'authorization,content-type',
      'access-control-allow-credentials': null,
      vary: /Origin/,
    },
  },
  {
    name: 'every answer may be read by pages of other origins',
    path: '/api/health',
    headers: { origin: 'https://app.example.com' },
    status: 200,
    responseHeaders: { 'access-control-allow-origin': '*', vary: /Origin/ },
  },
];
