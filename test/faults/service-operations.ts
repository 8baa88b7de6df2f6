import { AppError } from '../../src/core/errors.ts';
import type { Storage } from '../../src/core/ports/storage.ts';

/** What an operation under faults works on. */
export interface Bench {
  /** The driver, with the faults before it. */
  readonly storage: Storage;
  /** The driver without faults, on the same objects. */
  readonly truth: Storage;
  /** A key that nothing used yet. */
  newKey(): string;
  /** Unfinished uploads in parts that the service keeps bytes of. */
  unfinished(): Promise<number>;
  /** What the driver keeps on this machine of parts that wait to be sent. */
  spooled(): readonly string[];
  /** Is there from the beginning, and whole. */
  readonly standing: { readonly key: string; readonly bytes: Uint8Array<ArrayBuffer> };
  /** Bytes of a small object, and of one that goes in three parts. */
  readonly small: Uint8Array<ArrayBuffer>;
  readonly large: Uint8Array<ArrayBuffer>;
}

/** One operation of the storage port, with what must hold after it whatever happened. */
export interface ServiceOperation {
  readonly name: string;
  /** What one cycle costs. */
  readonly weight: 'light' | 'heavy';
  /** Does it once; rejects as the driver does. */
  begin(bench: Bench): Promise<Attempt>;
}

/** An operation that was prepared without faults. */
export interface Attempt {
  /** The call under faults. A sentence when it succeeded with something wrong. */
  act(): Promise<string | undefined>;
  /** Looks, without faults, at what is there then; sentences. `failed`: the call rejected. */
  settle(failed: boolean): Promise<string[]>;
}

/** Every operation that the faults are tried on. */
export const serviceOperations: readonly ServiceOperation[] = [
  { name: 'put small', weight: 'light', begin: (bench) => put(bench, bench.small) },
  { name: 'put in parts', weight: 'heavy', begin: (bench) => put(bench, bench.large) },
  { name: 'read', weight: 'light', begin: (bench) => read(bench, undefined) },
  { name: 'read a range', weight: 'light', begin: (bench) => read(bench, { start: 1000, end: 150_000 }) },
  { name: 'bytes', weight: 'light', begin: bytes },
  { name: 'remove', weight: 'light', begin: remove },
  { name: 'list', weight: 'light', begin: list },
  { name: 'copy', weight: 'light', begin: copy },
  { name: 'head', weight: 'light', begin: head },
];

async function put(
  { storage, truth, newKey, unfinished, spooled }: Bench,
  content: Uint8Array,
): Promise<Attempt> {
  const key = newKey();
  let upload = '';
  const before = await unfinished();
  return {
    async act() {
      const { size, sha256 } = await storage.put(key, pieces(content), {
        journal: async (id) => {
          upload = id;
        },
      });
      if (size !== content.byteLength || sha256 !== digest(content)) return 'put promises other bytes';
      return undefined;
    },
    async settle(failed) {
      const problems = spooled().map((name) => `${name} is left in the spool`);
      if (!failed) problems.push(...(await holds(truth, key, content)));
      // What was on its way when its request was given up may still come, as it may come to a service after any discard; so
      // that must have ended. Then what a caller does with what was not acknowledged, once.
      else await standsStill(unfinished);
      await truth.discard(key, upload);
      if ((await truth.head(key)) !== undefined) problems.push('the object is there after discard');
      const after = await unfinished();
      if (after !== before) problems.push(`${after - before} uploads in parts are left after discard`);
      return problems;
    },
  };
}

/** Waits until what a service has of unfinished uploads has been the same for a while. */
async function standsStill(unfinished: () => Promise<number>): Promise<void> {
  let last = await unfinished();
  for (let same = 0; same < 4; same++) {
    await Bun.sleep(25);
    const now = await unfinished();
    if (now !== last) same = 0;
    last = now;
  }
}

async function read(
  { storage, truth, standing }: Bench,
  range?: { start: number; end: number },
): Promise<Attempt> {
  const wanted = range === undefined ? standing.bytes : standing.bytes.subarray(range.start, range.end + 1);
  return {
    async act() {
      const body = await storage.read(standing.key, range);
      const stream = body instanceof Blob ? body.stream() : body;
      const received: Uint8Array[] = [];
      for await (const piece of stream) received.push(Uint8Array.from(piece));
      return compare('the body', Buffer.concat(received), wanted);
    },
    settle: () => holds(truth, standing.key, standing.bytes),
  };
}

async function bytes({ storage, truth, standing }: Bench): Promise<Attempt> {
  return {
    act: async () => compare('the bytes', await storage.bytes(standing.key), standing.bytes),
    settle: () => holds(truth, standing.key, standing.bytes),
  };
}

async function remove({ storage, truth, newKey, small }: Bench): Promise<Attempt> {
  const key = newKey();
  await truth.put(key, pieces(small));
  return {
    async act() {
      await storage.remove(key);
      return undefined;
    },
    async settle(failed) {
      const there = (await truth.head(key)) !== undefined;
      const problems = there && !failed ? ['the object is there after it was removed'] : [];
      if (there && failed) problems.push(...(await holds(truth, key, small)));
      await truth.remove(key);
      return problems;
    },
  };
}

async function list({ storage, truth }: Bench): Promise<Attempt> {
  const wanted: string[] = [];
  for await (const { key, size } of truth.list('')) wanted.push(`${key} ${size}`);
  const listed: string[] = [];
  return {
    async act() {
      for await (const { key, size } of storage.list('')) listed.push(`${key} ${size}`);
      return listed.join() === wanted.join()
        ? undefined
        : `the list has ${listed.length} of ${wanted.length}`;
    },
    settle: async () =>
      listed.join() === wanted.slice(0, listed.length).join() ? [] : ['what was listed is not in the store'],
  };
}

async function copy({ storage, truth, standing, newKey }: Bench): Promise<Attempt> {
  const to = newKey();
  return {
    async act() {
      await storage.copy(standing.key, to);
      return undefined;
    },
    async settle(failed) {
      const there = (await truth.head(to)) !== undefined;
      const problems = there || !failed ? await holds(truth, to, standing.bytes) : [];
      await truth.discard(to, '');
      return [...problems, ...(await holds(truth, standing.key, standing.bytes))];
    },
  };
}

async function head({ storage, standing }: Bench): Promise<Attempt> {
  return {
    async act() {
      const found = await storage.head(standing.key);
      if (found?.size === standing.bytes.byteLength) return undefined;
      return `the head says ${JSON.stringify(found)}`;
    },
    settle: async () => [],
  };
}

/** Whether an error is one that the port names for a service that fails. */
export function isPortError(error: unknown): boolean {
  return error instanceof AppError && error.code === 'unavailable' && error.reason === 'storage';
}

/** A stream of a few chunks. */
export async function* pieces(content: Uint8Array): AsyncGenerator<Uint8Array> {
  const step = 200_000;
  for (let at = 0; at < content.byteLength; at += step) yield content.subarray(at, at + step);
}

async function holds(truth: Storage, key: string, content: Uint8Array): Promise<string[]> {
  try {
    const problem = compare('the object', await truth.bytes(key), content);
    return problem === undefined ? [] : [problem];
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return ['the object is not there'];
    throw error;
  }
}

function compare(what: string, found: Uint8Array, wanted: Uint8Array): string | undefined {
  if (found.byteLength !== wanted.byteLength)
    return `${what} has ${found.byteLength} bytes instead of ${wanted.byteLength}`;
  return Buffer.compare(found, wanted) === 0 ? undefined : `${what} has other bytes`;
}

function digest(content: Uint8Array): string {
  return new Bun.CryptoHasher('sha256').update(content).digest('hex');
}
