import { afterEach, beforeEach, expect, test } from 'bun:test';
import { openTestDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { createTokenSigner } from '../../drivers/tokens/jose.ts';
import { createIds } from '../../lib/id.ts';
import { createKeys } from './keys.ts';

let database: TestDatabase;
const open = () =>
  createKeys({
    database: database.db,
    ids: createIds({ now: () => 0 }),
    signer: createTokenSigner(),
  });

beforeEach(async () => {
  database = await openTestDatabase({ now: () => 0 });
});
afterEach(() => database.close());

test('each purpose has 32 bytes of its own, the same after every start', async () => {
  const keys = open();
  await keys.start();
  const cursors = keys.derived('cursors');
  expect(cursors).toHaveLength(32);
  expect(keys.derived('links')).not.toEqual(cursors);
  const again = open();
  await again.start();
  expect(again.derived('cursors')).toEqual(cursors);
});

test('two starts at once agree on what is made', async () => {
  const [one, two] = [open(), open()];
  await Promise.all([one.start(), two.start()]);
  expect(one.derived('cursors')).toEqual(two.derived('cursors'));
  const [signer, other] = await Promise.all([one.accessTokens(), two.accessTokens()]);
  const token = await signer.sign({ exp: 60, sub: 'mia' });
  expect(await other.verify(token, 0, 0)).toMatchObject({ sub: 'mia' });
});

test('there is no key before the start', () => {
  expect(() => open().derived('cursors')).toThrow('keys_not_ready');
});
