import { expect, test } from 'bun:test';
import { clearSessionCookies, setSessionCookies } from './cookies.ts';
import { readCredentials } from './credentials.ts';

const TOKENS = { accessToken: 'ey.a', refreshToken: 'r1', accessTtl: 3600, refreshTtl: 86_400.9 };

test('both cookies are strict, hidden from scripts, and as long as their tokens', () => {
  const response = setSessionCookies(new Response(), TOKENS, true);
  expect(response.headers.getSetCookie()).toEqual([
    'auth_token=ey.a; Path=/; Max-Age=3600; Secure; HttpOnly; SameSite=Strict',
    'refresh_token=r1; Path=/; Max-Age=86400; Secure; HttpOnly; SameSite=Strict',
  ]);
});

test('without TLS they are not secure, and they are cleared as they were set', () => {
  const response = clearSessionCookies(new Response(), false);
  expect(response.headers.getSetCookie()).toEqual([
    'auth_token=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict',
    'refresh_token=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict',
  ]);
});

test('headers come before cookies, and cookies of another session do not mix with them', () => {
  const cookie = 'a=b; auth_token=ca; refresh_token=cr';
  const read = (headers: Record<string, string>) =>
    readCredentials(new Request('http://localhost/', { headers }));
  expect(read({ cookie })).toEqual({ accessToken: 'ca', refreshToken: 'cr', from: 'cookie' });
  expect(read({ cookie, authorization: 'Bearer ha' })).toEqual({
    accessToken: 'ha',
    refreshToken: undefined,
    from: 'header',
  });
  expect(read({ authorization: 'bearer ha', 'refresh-token': 'hr' })).toEqual({
    accessToken: 'ha',
    refreshToken: 'hr',
    from: 'header',
  });
  expect(read({ cookie: 'refresh_token=cr' }).from).toBe('cookie');
  const without: Record<string, string>[] = [
    {},
    { authorization: 'Basic x' },
    { authorization: 'Bearer ' },
    { cookie: 'auth_token=' },
  ];
  for (const headers of without) expect(read(headers).from).toBe('nowhere');
});
