/**
 * Sends a file of many megabytes by tus in a process of its own, made as it goes, over one connection:
 * `bun test/bench/tus-client.ts HOST:PORT MEGABYTES CHUNK_MEGABYTES METADATA TOKEN`. Prints `{ seconds, status }`, the time
 * from the first request to the last answer; `status` is the last one, or the first that is no success.
 */
import { connect } from 'node:net';

const [address = '', megabytes = '0', chunkMegabytes = '8', metadata = '', token = ''] =
  process.argv.slice(2);
const [host = '', port = ''] = address.split(':');
const MEGABYTE = 1_000_000;
const block = new Uint8Array(MEGABYTE);
for (let at = 0; at < block.length; at += 62_500) crypto.getRandomValues(block.subarray(at, at + 62_500));
const blocks = Number(megabytes);
const perChunk = Number(chunkMegabytes);

const socket = connect({ host, port: Number(port) });
let answer = '';
socket.on('data', (chunk) => {
  answer += chunk;
});
await new Promise<void>((resolve, reject) => {
  socket.once('connect', () => resolve());
  socket.once('error', reject);
});

/** The head of the answer to a request whose body is so many blocks. */
async function ask(line: string, headers: string, body: number): Promise<string> {
  answer = '';
  socket.write(
    `${line} HTTP/1.1\r\nhost: ${address}\r\nauthorization: ${token}\r\ntus-resumable: 1.0.0\r\ncontent-length: ${body * MEGABYTE}\r\n${headers}\r\n`,
  );
  for (let sent = 0; sent < body; sent++) {
    if (!socket.write(block)) await new Promise<void>((resume) => socket.once('drain', () => resume()));
  }
  // The answers of this protocol that count have no body.
  while (!answer.includes('\r\n\r\n')) await new Promise<unknown>((resume) => socket.once('data', resume));
  return answer;
}

const statusOf = (head: string) => Number(head.split(' ')[1]);
const started = performance.now();
const made = await ask(
  'POST /tus/',
  `upload-length: ${blocks * MEGABYTE}\r\nupload-metadata: ${metadata}\r\n`,
  0,
);
const [, location = ''] = /^location: (\S+)/im.exec(made) ?? [];
let status = statusOf(made);
for (let sent = 0; sent < blocks && status < 300; sent += perChunk) {
  const headers = `upload-offset: ${sent * MEGABYTE}\r\ncontent-type: application/offset+octet-stream\r\n`;
  status = statusOf(await ask(`PATCH ${location}`, headers, Math.min(perChunk, blocks - sent)));
}
const seconds = (performance.now() - started) / 1000;
console.log(JSON.stringify({ seconds, status }));
socket.destroy();
