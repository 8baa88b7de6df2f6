import { expect, test } from 'bun:test';
import { createIds } from '../../lib/id.ts';
import { defaultAuthOptions } from '../collections/auth-defaults.ts';
import { writeMail } from './mail-text.ts';

const options = defaultAuthOptions(createIds({ now: () => 0 }));
const facts = { APP_NAME: 'Newsroom', APP_URL: 'https://files.example.com' };
const template = { subject: '{APP_NAME}', body: '<p>{RECORD:name} {TOKEN} {OTP}</p>' };
const to = 'mia@example.com';

test('the link of a stock template leads where the dialect says, as a link and as text', () => {
  const link = '/confirm/{TOKEN}?to=%2F&lang=en';
  const { subject, html, text } = writeMail(
    to,
    options.verificationTemplate,
    { ...facts, TOKEN: 'abc' },
    link,
  );
  expect(subject).toBe('Verify your Newsroom email');
  expect(html).toContain('href="https://files.example.com/confirm/abc?to=%2F&amp;lang=en"');
  expect(text).toContain('Verify: https://files.example.com/confirm/abc?to=%2F&lang=en');
  expect(text).not.toMatch(/[<>]|&amp;/);
});

test('without a path the stock link stays, and so does one that an operator wrote', () => {
  const stock = writeMail(to, options.resetPasswordTemplate, { ...facts, TOKEN: 'abc' }, undefined);
  expect(stock.text).toContain('https://files.example.com/_/#/auth/confirm-password-reset/abc');
  const own = { subject: 'x', body: '<a href="https://app.example.com/reset#{TOKEN}">here</a>' };
  const { text } = writeMail(to, own, { ...facts, TOKEN: 'abc' }, '/elsewhere/{TOKEN}');
  expect(text).toBe('here: https://app.example.com/reset#abc');
});

test('values are text: no markup, no placeholders, no patterns', () => {
  const name = '<img src=x onerror="a()">{TOKEN}$&\'';
  const { html, text } = writeMail(to, template, { ...facts, TOKEN: 'secret', record: { name } }, undefined);
  expect(html).toBe('<p>&lt;img src=x onerror=&quot;a()&quot;&gt;{TOKEN}$&amp;&#39; secret {OTP}</p>');
  expect(text).toBe(`${name} secret {OTP}`);
});

test('a value that the account has not is left out, a word that is no placeholder stays', () => {
  const odd = { subject: '{RECORD:nothing}{UNKNOWN}', body: '{RECORD:list}' };
  const { subject, text } = writeMail(to, odd, { ...facts, record: { list: ['a', 1] } }, undefined);
  expect(subject).toBe('{UNKNOWN}');
  expect(text).toBe('["a",1]');
});

test('a code stands in the text as in the markup', () => {
  const { text } = writeMail(to, options.otp.emailTemplate, { ...facts, OTP: '7K2Q9Z' }, undefined);
  expect(text.split('\n')[1]).toBe('Your one-time password is: 7K2Q9Z');
});
