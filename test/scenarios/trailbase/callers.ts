import { expect } from 'bun:test';
import { type Ask, type Story, send, sendOk, type World } from '../../support/scenarios.ts';

const CLUB = '/api/records/v1/club';

/** Who a request speaks for (specs/trailbase.md 1, SECURITY-REQUIREMENTS 8.3). */
export const callerStories: readonly Story[] = [
  {
    name: 'cookies read without ado, and change something only where the request is meant',
    async run(world) {
      const cookies = await signIn(world);
      const read = await send(world, { path: CLUB, headers: { cookie: cookies.both } });
      expect([read.status, read.headers.get('set-cookie')]).toEqual([200, null]);
      const create = (headers: Record<string, string>): Ask => ({
        ...{ method: 'POST', path: CLUB, body: { word: 'butter' } },
        headers: { cookie: cookies.both, ...headers },
      });
      const csrf = claimOf(cookies.auth, 'csrf_token');
      const meant: Record<string, string>[] = [
        { 'csrf-token': csrf },
        { origin: world.base },
        { 'sec-fetch-site': 'same-origin', origin: 'null' },
      ];
      for (const headers of meant)
        expect((await send(world, create(headers))).status, JSON.stringify(headers)).toBe(200);
      const strange: Record<string, string>[] = [
        {},
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site', origin: world.base },
        { 'csrf-token': `${csrf.slice(0, -1)}!` },
        { 'csrf-token': '' },
      ];
      for (const headers of strange)
        expect((await send(world, create(headers))).status, JSON.stringify(headers)).toBe(403);
    },
  },
  {
    name: 'a stale cookie is renewed by the refresh cookie beside it and set again',
    async run(world) {
      const cookies = await signIn(world);
      const stale = `auth_token=${cookies.auth.slice(0, -4)}AAAA; refresh_token=${cookies.refresh}`;
      const read = await send(world, { path: CLUB, headers: { cookie: stale } });
      expect(read.status).toBe(200);
      const renewed = cookiesOf(read.headers);
      expect(renewed.auth).toStartWith('ey');
      expect((await send(world, { path: CLUB, headers: { cookie: renewed.both } })).status).toBe(200);
      for (const line of read.headers.getSetCookie()) {
        expect(line).toContain('Path=/');
        expect(line).toContain('HttpOnly');
        expect(line).toContain('SameSite=Strict');
        expect(line).toMatch(/Max-Age=\d+/);
      }
      const foreign = { cookie: stale, origin: 'https://evil.example' };
      const write = await send(world, { method: 'POST', path: CLUB, headers: foreign, body: { word: 'x' } });
      expect([write.status, write.headers.get('set-cookie')]).toEqual([403, null]);
    },
  },
  {
    name: 'tokens of headers are never renewed, and win over cookies',
    async run(world) {
      const cookies = await signIn(world);
      const headers = {
        authorization: 'Bearer stale',
        'refresh-token': cookies.refresh,
        cookie: cookies.both,
      };
      const read = await send(world, { path: CLUB, headers });
      expect([read.status, read.headers.get('set-cookie')]).toEqual([403, null]);
    },
  },
  {
    name: 'whoever signs out is nobody with what they had',
    async run(world) {
      const cookies = await signIn(world);
      const headers = { cookie: cookies.both, origin: world.base, 'sec-fetch-site': 'same-origin' };
      expect((await send(world, { path: '/api/auth/v1/logout', headers })).status).toBe(200);
      expect((await send(world, { path: CLUB, headers: { cookie: cookies.both } })).status).toBe(403);
    },
  },
  {
    name: 'nonsense for credentials makes a guest',
    async run(world) {
      const nonsense: Record<string, string>[] = [
        { cookie: 'auth_token=x; refresh_token=y' },
        { cookie: 'auth_token=; refresh_token=' },
        { authorization: 'Basic YTpi' },
        { authorization: 'Bearer ' },
        { authorization: `Bearer ${'x'.repeat(5000)}` },
      ];
      for (const headers of nonsense) {
        expect((await send(world, { path: CLUB, headers })).status).toBe(403);
        expect((await send(world, { path: '/api/records/v1/rooms/1', headers })).status).toBe(200);
      }
    },
  },
];

interface Cookies {
  readonly auth: string;
  readonly refresh: string;
  /** As a Cookie header. */
  readonly both: string;
}

/** Carol's cookies, of a new session. */
async function signIn(world: World): Promise<Cookies> {
  const answer = await sendOk(world, {
    ...{ method: 'POST', path: '/api/auth/v1/login' },
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: world.base },
    body: 'email=carol%40example.com&password=carol-loves-old-films',
  });
  return cookiesOf(answer.headers);
}

function cookiesOf(headers: Headers): Cookies {
  const pairs = new Map(
    headers.getSetCookie().map((line) => {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split('=');
      return [name, value];
    }),
  );
  const auth = pairs.get('auth_token') ?? '';
  const refresh = pairs.get('refresh_token') ?? '';
  return { auth, refresh, both: `auth_token=${auth}; refresh_token=${refresh}` };
}

function claimOf(token: string, name: string): string {
  const claims: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  return typeof claims === 'object' && claims !== null ? String(Reflect.get(claims, name)) : '';
}
