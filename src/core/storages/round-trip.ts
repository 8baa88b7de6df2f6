import { AppError } from '../errors.ts';
import type { Storage } from '../ports/storage.ts';
import type { Care } from './care.ts';
import { readHash } from './read-hash.ts';
import type { TestStep } from './storages.ts';

const SMALL = 10_000;
const CHUNK = 256 * 1024;
/** More than any service takes in one part. */
const LARGE_CHUNKS = 160;

/** An object of the test. */
interface Probe {
  readonly key: string;
  /** Journalled id of its unfinished upload. */
  upload: string;
}

/** `Storages.test`: each step with what it needs of those before it. */
export async function* testStorage({ ids, log, ended }: Care, storage: Storage): AsyncGenerator<TestStep> {
  const probes: Probe[] = [];
  const probe = (): Probe => {
    const made = { key: ids.objectId(), upload: '' };
    probes.push(made);
    return made;
  };
  const small = crypto.getRandomValues(new Uint8Array(SMALL));
  const first = probe();
  const steps: readonly (readonly [TestStep['step'], () => Promise<void>])[] = [
    ['reach', () => storage.check()],
    ['write', async () => expectSame((await put(storage, first, once(small), ended)).size, SMALL)],
    ['head', async () => expectSame((await storage.head(first.key))?.size, SMALL)],
    ['read', async () => expectSame(await readHash(storage, first.key, quiet), sha256(small))],
    [
      'range',
      async () => {
        const body = new Response(await storage.read(first.key, { start: 100, end: 199 }));
        expectSame(sha256(await body.bytes()), sha256(small.subarray(100, 200)));
      },
    ],
    [
      'list',
      async () => {
        const found: string[] = [];
        for await (const { key, size } of storage.list(first.key)) found.push(`${key} ${size}`);
        expectSame(found.join(), `${first.key} ${SMALL}`);
      },
    ],
    [
      'copy',
      async () => {
        const copy = probe();
        await storage.copy(first.key, copy.key);
        expectSame(await readHash(storage, copy.key, quiet), sha256(small));
      },
    ],
    [
      'large',
      async () => {
        const large = probe();
        const written = await put(storage, large, chunks(small), ended);
        expectSame(written.size, CHUNK * LARGE_CHUNKS);
        expectSame(await readHash(storage, large.key, quiet), written.sha256);
      },
    ],
    [
      'remove',
      async () => {
        for (const { key } of probes) {
          await storage.remove(key);
          expectSame(await storage.head(key), undefined);
        }
        probes.length = 0;
      },
    ],
  ];
  try {
    for (const [step, work] of steps) {
      const started = performance.now();
      const error = await work().then(() => '', describe);
      const milliseconds = performance.now() - started;
      log.info('storages.tested', { storage: storage.name, step, error });
      yield { kind: 'step', step, ok: error === '', milliseconds, error };
      if (error !== '') return;
    }
  } finally {
    for (const { key, upload } of probes) {
      await storage.discard(key, upload).catch((error: unknown) => {
        log.warn('storages.test_left', { storage: storage.name, key, error: describe(error) });
      });
    }
  }
}

const quiet = { onBytes: () => {} };

function put(storage: Storage, probe: Probe, source: AsyncIterable<Uint8Array>, signal: AbortSignal) {
  return storage.put(probe.key, source, {
    signal,
    journal: async (upload) => {
      probe.upload = upload;
    },
  });
}

function expectSame(found: unknown, expected: unknown): void {
  if (found !== expected) throw new AppError('internal', { reason: 'not_as_written' });
}

/** Codes, no secrets. */
function describe(error: unknown): string {
  if (!(error instanceof AppError)) return 'internal';
  const { setting, error: name } = error.params;
  return [error.message, setting, name].filter((part) => typeof part === 'string').join(' ');
}

function sha256(bytes: Uint8Array): string {
  return new Bun.CryptoHasher('sha256').update(bytes).digest('hex');
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* chunks(seed: Uint8Array): AsyncGenerator<Uint8Array> {
  const chunk = new Uint8Array(CHUNK);
  for (let index = 0; index < LARGE_CHUNKS; index++) {
    chunk.fill(index);
    chunk.set(seed);
    yield chunk;
  }
}
