/**
 * Sends a body of many megabytes in a process of its own, made as it goes:
 * `bun test/bench/upload-client.ts HOST:PORT PATH MEGABYTES multipart|raw TOKEN`. Prints `{ seconds, status }`, the time from
 * the first byte to the answer.
 */
import { connect } from 'node:net';

const [address = '', path = '', megabytes = '0', kind = 'raw', token = ''] = process.argv.slice(2);
const [host = '', port = ''] = address.split(':');
const block = new Uint8Array(1_000_000);
for (let at = 0; at < block.length; at += 62_500) crypto.getRandomValues(block.subarray(at, at + 62_500));

const boundary = 'the-boundary-of-this-upload';
const before =
  kind === 'multipart'
    ? `--${boundary}\r\ncontent-disposition: form-data; name="doc"; filename="big.bin"\r\ncontent-type: application/octet-stream\r\n\r\n`
    : '';
const after = kind === 'multipart' ? `\r\n--${boundary}--\r\n` : '';
const type = kind === 'multipart' ? `multipart/form-data; boundary=${boundary}` : 'application/octet-stream';
const blocks = Number(megabytes);
const length = before.length + blocks * block.length + after.length;

const socket = connect({ host, port: Number(port) });
let answer = '';
socket.on('data', (chunk) => {
  answer += chunk;
});
await new Promise<void>((resolve, reject) => {
  socket.once('connect', () => resolve());
  socket.once('error', reject);
});
const started = performance.now();
socket.write(
  `POST ${path} HTTP/1.1\r\nhost: ${address}\r\nauthorization: ${token}\r\ncontent-type: ${type}\r\ncontent-length: ${length}\r\n\r\n${before}`,
);
for (let sent = 0; sent < blocks; sent++) {
  if (!socket.write(block)) await new Promise<void>((resume) => socket.once('drain', () => resume()));
}
socket.write(after);
while (!answer.includes('\r\n')) await new Promise<unknown>((resume) => socket.once('data', resume));
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ seconds, status: Number(answer.split(' ')[1]) }));
socket.destroy();
