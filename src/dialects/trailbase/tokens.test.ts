import { expect, test } from 'bun:test';
import { collection } from '../../../test/support/newsroom.ts';
import { claimsOf } from './tokens.ts';

const factor = (isOn: boolean) => ({ auth: { totp: { isOn: async () => isOn } } });

test('a token says who it is for as this wire writes ids and names', async () => {
  const users = collection('users', 'email:email username:text', { type: 'auth', idKind: 'uuid' });
  const record = { id: '0190a8f0-0000-7000-8000-00000000000a', email: 'ann@example.com', username: 'ann' };
  expect(await claimsOf(factor(false), { collection: users, record })).toEqual({
    sub: 'AZCo8AAAcACAAAAAAAAACg==',
    email: 'ann@example.com',
    username: 'ann',
    provider: 0,
  });
});

test('what an account has not is null, and what it is not is left out', async () => {
  const users = collection('users', 'email:email', { type: 'auth' });
  const claims = await claimsOf(factor(false), { collection: users, record: { id: 'abc', email: '' } });
  expect(claims).toEqual({ sub: 'abc', email: null, username: null, provider: 0 });
});

test('a superuser with a second factor is told as both', async () => {
  const superusers = collection('_superusers', 'email:email', { type: 'auth' });
  const record = { id: 'root', email: 'root@example.com', admin: false };
  expect(await claimsOf(factor(true), { collection: superusers, record })).toMatchObject({
    ...{ admin: true, mfa: true },
  });
});

test('no field of an account makes it a superuser', async () => {
  const users = collection('users', 'email:email admin:bool', { type: 'auth' });
  const claims = await claimsOf(factor(false), { collection: users, record: { id: 'abc', admin: true } });
  expect(claims.admin).toBeUndefined();
});
