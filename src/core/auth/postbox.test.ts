import { expect, test } from 'bun:test';
import { createTestLog } from '../../../test/support/files.ts';
import { createPostbox } from './postbox.ts';

test('tasks run after the caller has gone on, a few at a time, and their failures are logged', async () => {
  const log = createTestLog();
  const postbox = createPostbox(log);
  const order: string[] = [];
  let running = 0;
  let most = 0;
  for (let n = 0; n < 20; n++) {
    postbox.later(async () => {
      most = Math.max(most, ++running);
      await Bun.sleep(1);
      running--;
      order.push(`task ${n}`);
      if (n === 3) throw new Error('no mail today');
    });
  }
  order.push('the caller');
  await postbox.idle();
  expect(order[0]).toBe('the caller');
  expect(order).toHaveLength(21);
  expect(most).toBe(4);
  expect(log.events).toEqual(['error mail.failed']);
});

test('a full queue says so to everybody', async () => {
  const postbox = createPostbox(createTestLog());
  const { promise, resolve } = Promise.withResolvers<void>();
  const fill = () => {
    for (let n = 0; n < 1000; n++) postbox.later(() => promise);
  };
  expect(fill).toThrow('mail_queue');
  resolve();
  await postbox.idle();
  postbox.later(async () => {});
  await postbox.close();
});
