import { expect, test } from 'bun:test';
import fc from 'fast-check';
import { createClientIp } from './client-ip.ts';

const forwarded = (value: string) => new Headers({ 'x-forwarded-for': value });
const behind = createClientIp({ proxies: ['10.0.0.0/8', '::1', 'fd00::/8'] });

test('without proxies the peer is the client, whatever it claims', () => {
  const direct = createClientIp({ proxies: [] });
  expect(direct('203.0.113.9', forwarded('1.1.1.1'))).toBe('203.0.113.9');
  expect(direct('::ffff:203.0.113.9', forwarded('1.1.1.1'))).toBe('203.0.113.9');
  expect(direct('2001:db8:0:0::1', new Headers())).toBe('2001:db8::1');
  expect(direct('', new Headers())).toBe('');
});

test.each([
  ['203.0.113.9', '1.1.1.1', '203.0.113.9'],
  ['10.0.0.1', '1.1.1.1', '1.1.1.1'],
  ['10.0.0.1', '6.6.6.6, 1.1.1.1', '1.1.1.1'],
  ['10.0.0.1', '6.6.6.6, 1.1.1.1, 10.2.3.4', '1.1.1.1'],
  ['::1', '[2001:db8::5]:443', '2001:db8::5'],
  ['::ffff:10.0.0.1', '1.1.1.1:5000', '1.1.1.1'],
  ['fd00::1', '::ffff:1.1.1.1', '1.1.1.1'],
  ['10.0.0.1', '10.0.0.2', '10.0.0.2'],
  ['10.0.0.1', '', '10.0.0.1'],
  ['10.0.0.1', '1.1.1.1, unknown', '10.0.0.1'],
  ['10.0.0.1', '1.1.1.1, unknown, 10.0.0.7', '10.0.0.7'],
  ['10.0.0.1', '0x7f.1', '10.0.0.1'],
  ['10.0.0.1', '010.0.0.1', '10.0.0.1'],
])('from %p with %p the client is %p', (peer, header, client) => {
  expect(behind(peer, forwarded(header))).toBe(client);
});

test('another header can be chosen, and then the usual one does not count', () => {
  const clientIp = createClientIp({ proxies: ['10.0.0.1'], header: 'x-real-ip' });
  expect(clientIp('10.0.0.1', new Headers({ 'x-real-ip': '1.1.1.1', 'x-forwarded-for': '6.6.6.6' }))).toBe(
    '1.1.1.1',
  );
});

test.each(['', 'proxy', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '::/129', '10.0.0.0/-1'])(
  'a proxy %p is refused',
  (proxy) => {
    expect(() => createClientIp({ proxies: [proxy] })).toThrow(RangeError);
  },
);

test('a mapped range is the range it maps', () => {
  expect(createClientIp({ proxies: ['::ffff:10.0.0.0/104'] })('10.9.9.9', forwarded('1.1.1.1'))).toBe(
    '1.1.1.1',
  );
});

test('no header makes an error or moves an untrusted peer', () => {
  const value = fc.string({
    unit: fc.constantFrom('1', '.', ':', ',', '[', ']', 'f', ' ', '%', '/'),
    maxLength: 40,
  });
  fc.assert(
    fc.property(value, (text) => {
      expect(behind('203.0.113.9', forwarded(text))).toBe('203.0.113.9');
      expect(behind('10.0.0.1', forwarded(text))).toMatch(/^[\da-f.:]+$/);
    }),
  );
});
