import { setPriority } from 'node:os';
import { createFrameReader, encodeFrame, type Frame } from './frames.ts';
import { type ImageReply, type ImageRequest, Refused } from './protocol.ts';
import { describeImage, type Rendered, renderImage, restrict, type SharpModule } from './render.ts';

/** Bytes of one source that may come through the pipe. */
const maxSource = 1024 * 1024 * 1024;

/**
 * Runs this process as a worker: requests on stdin, replies on stdout, in order; ends when stdin ends, which is
 * also what happens when the server dies.
 */
export async function runImageWorker(): Promise<void> {
  beNice();
  outliveSignals();
  const sharp = import('sharp').then((module) => {
    restrict(module.default);
    return module.default;
  });
  sharp.catch(() => {}); // answered with each job
  const output = Bun.stdout.writer();
  let last = Promise.resolve();

  const serve = async (frame: Frame) => {
    const { reply, bytes } = await answer(sharp, frame);
    output.write(encodeFrame(reply, bytes));
    await output.flush();
  };

  const read = createFrameReader(maxSource);
  for await (const chunk of Bun.stdin.stream()) {
    for (const frame of read(chunk)) last = last.then(() => serve(frame));
  }
  process.exit(0);
}

async function answer(
  loading: Promise<SharpModule>,
  frame: Frame,
): Promise<{ reply: ImageReply; bytes?: Uint8Array }> {
  try {
    // The server is trusted by its worker, not the other way round.
    const request = frame.header as ImageRequest;
    const input = request.path ?? frame.bytes;
    const sharp = await loading;
    if (request.transform === undefined) {
      return { reply: { ok: true, ...(await describeImage(sharp, input, request.caps)) } };
    }
    const { bytes, ...info }: Rendered = await renderImage(sharp, input, request.transform, request.caps);
    return { reply: { ok: true, ...info }, bytes };
  } catch (error) {
    const refusal = error instanceof Refused ? error.refusal : 'failed';
    const cause = error instanceof Refused ? (error.cause ?? error) : error;
    return { reply: { ok: false, refusal, message: String(cause).slice(0, 2000) } };
  }
}

/** Requests are more urgent than thumbs. Where priorities cannot be set, it works without. */
function beNice(): void {
  try {
    setPriority(5);
  } catch {
    // Not allowed here.
  }
}

/** Ctrl-C and service managers signal the whole group, but the server still waits for the pictures it asked for. */
function outliveSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
}
