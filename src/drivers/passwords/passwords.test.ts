import { describe, expect, test } from 'bun:test';
import { AppError } from '../../core/errors.ts';
import { createPasswords } from './passwords.ts';

const passwords = createPasswords({ concurrency: 2, queueLimit: 16 });
const bcrypt = (password: string) => Bun.password.hash(password, { algorithm: 'bcrypt', cost: 4 });

describe('hashes', () => {
  test('a new hash is argon2id with 19 MiB, lets its password in, and no other', async () => {
    const hash = await passwords.hash('correct horse');
    expect(hash).toStartWith('$argon2id$v=19$m=19456,t=2,p=1$');
    expect(passwords.isOutdated(hash)).toBe(false);
    expect(await passwords.verify('correct horse', hash)).toBe(true);
    expect(await passwords.verify('correct horse ', hash)).toBe(false);
  });

  test('a long password counts to its last character', async () => {
    const hash = await passwords.hash(`${'a'.repeat(300)}b`);
    expect(await passwords.verify(`${'a'.repeat(300)}b`, hash)).toBe(true);
    expect(await passwords.verify('a'.repeat(300), hash)).toBe(false);
  });

  test.each(['$2a$', '$2b$', '$2y$'])('a bcrypt hash written %s verifies and is outdated', async (prefix) => {
    const hash = (await bcrypt('from another server')).replace(/^\$2.\$/, prefix);
    expect(await passwords.verify('from another server', hash)).toBe(true);
    expect(await passwords.verify('from another servers', hash)).toBe(false);
    expect(passwords.isOutdated(hash)).toBe(true);
  });

  test.each(['', 'plain', '$2b$04$short', '$argon2id$v=19$m=19456,t=2,p=1$cut', '$6$rounds=1$abc$def'])(
    'nobody gets in where the stored hash is %p',
    async (hash) => {
      expect(await passwords.verify('plain', hash)).toBe(false);
      expect(await passwords.verify('', hash)).toBe(false);
    },
  );

  test('an argon2id hash of weaker form is outdated', async () => {
    const weak = await Bun.password.hash('password', {
      algorithm: 'argon2id',
      memoryCost: 8192,
      timeCost: 1,
    });
    expect(passwords.isOutdated(weak)).toBe(true);
  });
});

describe('load', () => {
  test('work beyond concurrency and queue is refused at once, and the places come back', async () => {
    const small = createPasswords({ concurrency: 1, queueLimit: 1 });
    const hash = await bcrypt('password');
    const first = small.verify('password', hash);
    const second = small.verify('password', hash);
    const third = small.verify('password', hash).catch((error: unknown) => error);
    expect(await third).toBeInstanceOf(AppError);
    expect(await third).toMatchObject({ code: 'busy', reason: 'password_queue' });
    expect(await Promise.all([first, second])).toEqual([true, true]);
    expect(await small.verify('password', hash)).toBe(true);
  });

  test('one caller fills a quarter of the queue at most, and the others wait behind it', async () => {
    const small = createPasswords({ concurrency: 1, queueLimit: 8 });
    const hash = await bcrypt('password');
    const flood = Array.from({ length: 6 }, () =>
      small.verify('password', hash, '192.0.2.1').catch(({ reason }: AppError) => reason),
    );
    const owner = small.verify('password', hash, '198.51.100.7');
    expect(await Promise.all(flood)).toEqual([true, true, true, ...Array(3).fill('password_queue')]);
    expect(await owner).toBe(true);
    expect(await small.verify('password', hash, '192.0.2.1')).toBe(true);
  });

  test('a burnt password costs about what a wrong one does', async () => {
    const hash = await passwords.hash('somebody');
    const time = async (work: () => Promise<unknown>) => {
      const started = performance.now();
      await work();
      return performance.now() - started;
    };
    const wrong: number[] = [];
    const burnt: number[] = [];
    for (let round = 0; round < 5; round++) {
      wrong.push(await time(() => passwords.verify('nobody', hash)));
      burnt.push(await time(() => passwords.burn('nobody')));
    }
    const ratio = Math.min(...burnt) / Math.min(...wrong);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });
});
