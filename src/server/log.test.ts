import { describe, expect, test } from 'bun:test';
import { createLog, type LogOptions, type RequestLine } from './log.ts';

const line: RequestLine = {
  method: 'GET',
  url: 'http://localhost:8090/api/files/c/r/a.jpg?token=abc.def',
  status: 200,
  milliseconds: 1.2345,
  bytes: 10,
  id: 'p-1',
  address: '192.0.2.1',
};
const request = new Request(line.url);

function logTo(options: Partial<LogOptions> = {}) {
  const writes: string[] = [];
  const log = createLog({
    level: 'info',
    format: 'json',
    write: (lines) => void writes.push(lines),
    ...options,
  });
  return {
    log,
    writes,
    text() {
      log.flush();
      return writes.join('');
    },
  };
}

describe('a request', () => {
  test('is one JSON line with its secrets masked', () => {
    const { log, text } = logTo();
    log.request(line, request);
    const { '@timestamp': time, ...rest } = JSON.parse(text());
    expect(rest).toEqual({
      level: 'INFO',
      message: 'request',
      logger: 'dossier',
      method: 'GET',
      path: '/api/files/c/r/a.jpg?token=***',
      status: 200,
      ms: 1.23,
      bytes: 10,
      id: 'p-1',
      address: '192.0.2.1',
    });
    expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(60_000);
  });

  test('is one plain line on a terminal', () => {
    const { log, text } = logTo({ format: 'pretty' });
    log.request({ ...line, bytes: undefined }, request);
    expect(text()).toMatch(
      /^\d\d:\d\d:\d\d\.\d{3} 200 GET \/api\/files\/c\/r\/a\.jpg\?token=\*\*\* {2}1\.23 ms {2}p-1 {2}192\.0\.2\.1\n$/,
    );
  });

  test('cannot forge a second line or move the cursor', () => {
    for (const format of ['json', 'pretty'] as const) {
      const { log, text } = logTo({ format });
      log.request(
        { ...line, url: 'http://h/a\n{"level":"FORGED"}\u001b[2J\u202e\u2028', address: 'x\r\ny' },
        request,
      );
      const written = text();
      expect(written.trimEnd()).not.toMatch(/[\r\n]/);
      expect(written).not.toMatch(/[\u001b]/);
      if (format === 'pretty') expect(written).not.toMatch(/[\u202e\u2028]/);
    }
  });

  test('is written from level info on; failures of the server always but when the log is off', () => {
    const statuses = (level: LogOptions['level']) => {
      const { log, text } = logTo({ level });
      for (const status of [200, 404, 500]) log.request({ ...line, status }, request);
      return [...text().matchAll(/"status":(\d+)/g)].map((match) => Number(match[1]));
    };
    expect(statuses('debug')).toEqual([200, 404, 500]);
    expect(statuses('info')).toEqual([200, 404, 500]);
    expect(statuses('warn')).toEqual([500]);
    expect(statuses('error')).toEqual([500]);
    expect(statuses('off')).toEqual([]);
  });
});

describe('an event', () => {
  test('has its facts, and cannot overwrite what every line has', () => {
    const { log, text } = logTo();
    log.warn('auth.login_failed', { collection: 'users', level: 'FORGED', address: 'a\nb', big: 10n });
    const event = JSON.parse(text());
    expect(event).toMatchObject({
      level: 'WARNING',
      message: 'auth.login_failed',
      logger: 'dossier',
      collection: 'users',
      address: 'a\nb',
      big: '10',
    });
  });

  test('has no token that a path has', () => {
    const { log, text } = logTo();
    log.error('request.failed', { path: '/api/auth/v1/reset_password/update/eyJh.eyJp.s1gn' });
    expect(JSON.parse(text()).path).toBe('/api/auth/v1/reset_password/update/***');
  });

  test('is readable on a terminal, on one line, errors with their causes', () => {
    const { log, text } = logTo({ format: 'pretty' });
    log.error('request.failed', { cause: new Error('outer', { cause: new Error('inner\u001b[31m') }) });
    const written = text();
    expect(written).toMatch(/^\S+ error request\.failed {2}cause=Error: outer/);
    expect(written).toContain('caused by Error: inner\\u{1b}[31m');
    expect(written.trimEnd()).not.toContain('\n');
  });

  test('does not fill in what looks like a placeholder', () => {
    const { log, text } = logTo();
    log.info('file {name} gone', { name: 'x' });
    expect(JSON.parse(text()).message).toBe('file {name} gone');
  });

  test('below the level is not written', () => {
    const { log, text } = logTo({ level: 'warn' });
    log.debug('a');
    log.info('b');
    log.error('c');
    expect(text()).toMatch(/^[^\n]*"c"[^\n]*\n$/);
  });
});

test('lines are written together, soon, without being asked', async () => {
  const { log, writes } = logTo();
  for (let index = 0; index < 10; index++) log.request(line, request);
  expect(writes).toEqual([]);
  await Bun.sleep(120);
  expect(writes).toHaveLength(1);
  expect(writes[0]?.split('\n')).toHaveLength(11);
});
