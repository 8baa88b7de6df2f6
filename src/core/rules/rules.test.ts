import { expect, test } from 'bun:test';
import { createNewsroom } from '../../../test/support/newsroom.ts';
import { asksBody, asksRecord, checkRule } from './index.ts';

const { schema, get } = createNewsroom();
const posts = get('posts');

test('rules that can be enforced pass', () => {
  for (const rule of [
    null,
    '',
    "@request.auth.id != ''",
    'author.team.members_via_team.user ?= @request.auth.id',
  ]) {
    expect(checkRule(rule, posts, schema)).toBeUndefined();
  }
});

test('a rule may look at hidden fields and at what clients may not list', () => {
  expect(
    checkRule("secret = 'x' && @collection.vaults.code ?= 'y' && vaults_via_post.code ?= 'z'", posts, schema),
  ).toBeUndefined();
});

test('rules that cannot be enforced say why', () => {
  expect(checkRule('author =', posts, schema)).toBe('unexpected end');
  expect(checkRule('   ', posts, schema)).toBe('empty expression');
  expect(checkRule('nope = 1', posts, schema)).toBe('unknown field "nope"');
  expect(checkRule('@collection.nope.id = 1', posts, schema)).toBe('unknown path "@collection.nope.id"');
  expect(checkRule('title:each = 1', posts, schema)).toBe('field "title" has no modifier each');
});

test('a rule that is only wrong for somebody who is identified is wrong', () => {
  expect(checkRule("@request.auth.friends.name:each ?= 'x'", posts, schema)).toBe(
    'field "name" has no modifier each',
  );
});

test('which rules need the body', () => {
  expect(asksBody("title = 'x' && @request.body.title:isset = false")).toBe(true);
  expect(asksBody("strftime('%Y', @request.body.at) = 1")).toBe(true);
  expect(asksBody("@request.auth.id != '' || title = '@request.body.x'")).toBe(false);
  expect(asksBody(null)).toBe(false);
});

test('which rules need the record', () => {
  expect(asksRecord("@request.auth.id != '' && true = TRUE")).toBe(false);
  expect(asksRecord('@request.auth.id = author')).toBe(true);
  expect(asksRecord("@request.auth.verified = true || (@now > '2020' && @collection.posts.id ?= id)")).toBe(
    true,
  );
  expect(asksRecord('')).toBe(false);
});
