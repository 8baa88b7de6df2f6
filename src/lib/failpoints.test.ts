import { afterEach, expect, test } from 'bun:test';
import { armFailpoints, failpoint, failpointNames } from './failpoints.ts';

afterEach(() => armFailpoints(''));

test('a point that is not armed does nothing', () => {
  for (const name of failpointNames) failpoint(name);
});

test('an error comes at the n-th hit and only then', () => {
  armFailpoints('erase.before=error@2');
  failpoint('erase.before');
  expect(() => failpoint('erase.before')).toThrow('failpoint erase.before');
  failpoint('erase.before');
});

test('a star acts on each hit, and an empty text disarms', () => {
  armFailpoints('write.mid=error@*, attach.after=kill@3');
  expect(() => failpoint('write.mid')).toThrow();
  expect(() => failpoint('write.mid')).toThrow();
  armFailpoints('');
  failpoint('write.mid');
});

test.each([
  'nonsense',
  'write.mid',
  'write.mid=explode',
  'write.mid=kill@0',
  'no.such=kill',
  'reply.before=error',
])('refuses %p and keeps what was armed', (spec) => {
  armFailpoints('write.mid=error');
  expect(() => armFailpoints(spec)).toThrow(RangeError);
  expect(() => failpoint('write.mid')).toThrow('failpoint write.mid');
});

test('kill ends the process at once, without clean-up', async () => {
  const source = `
    import { armFailpoints, failpoint } from ${JSON.stringify(`${import.meta.dir}/failpoints.ts`)};
    process.on('exit', () => console.log('cleaned up'));
    armFailpoints('attach.after=kill');
    failpoint('attach.after');
    console.log('still here');
  `;
  const child = Bun.spawn([process.execPath, '-e', source], { stdout: 'pipe', stderr: 'ignore' });
  expect(await child.stdout.text()).toBe('');
  await child.exited;
  expect(child.signalCode).toBe('SIGKILL');
});
