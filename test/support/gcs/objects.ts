import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { badRequest, conditionNotMet, noObject } from './answers.ts';
import { Hashes } from './hashes.ts';

/** One object: its metadata, and where its bytes are. */
export interface GcsObject {
  readonly name: string;
  readonly generation: number;
  readonly size: number;
  readonly md5Hash: string;
  readonly crc32c: string;
  readonly contentType: string;
  readonly updated: string;
  readonly path: string;
}

/** What a client says about the bytes it sends. */
export interface Expected {
  readonly md5Hash?: string;
  readonly crc32c?: string;
}

/** Bytes that are arriving: written to a file and hashed, and not an object yet. */
export interface Incoming {
  readonly path: string;
  size(): number;
  write(chunk: Uint8Array): void;
  /** Makes them an object, unless a hash differs (400) or the generation is another (412). */
  finish(name: string, contentType: string, expected: Expected, ifGeneration: string | null): GcsObject;
  drop(): void;
}

/** The objects of the one bucket. Writing is atomic; each write makes a new, higher generation. */
export class GcsObjects {
  readonly #objects = new Map<string, GcsObject>();
  #generation = Date.now() * 1000;
  #files = 0;
  #sorted: string[] | undefined;

  constructor(
    private readonly dir: string,
    private readonly bucket: string,
  ) {}

  receive(): Incoming {
    const path = join(this.dir, `bytes-${++this.#files}`);
    const file = openSync(path, 'w');
    const hashes = new Hashes();
    let size = 0;
    let open = true;
    const drop = () => {
      if (open) closeSync(file);
      open = false;
      rmSync(path, { force: true });
    };
    const finish: Incoming['finish'] = (name, contentType, expected, ifGeneration) => {
      const digests = hashes.digest();
      try {
        compare('MD5', expected.md5Hash, digests.md5Hash);
        compare('CRC32C', expected.crc32c, digests.crc32c);
        this.#require(name, ifGeneration);
      } catch (error) {
        drop();
        throw error;
      }
      closeSync(file);
      open = false;
      return this.#put({ name, size, contentType, path, ...digests });
    };
    const write = (chunk: Uint8Array) => {
      for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
      hashes.update(chunk);
      size += chunk.length;
    };
    return { path, size: () => size, write, finish, drop };
  }

  #require(name: string, ifGeneration: string | null): void {
    if (ifGeneration === null) return;
    if (Number(ifGeneration) !== (this.#objects.get(name)?.generation ?? 0)) throw conditionNotMet();
  }

  #put(facts: Omit<GcsObject, 'generation' | 'updated'>): GcsObject {
    const object = { ...facts, generation: ++this.#generation, updated: new Date().toISOString() };
    const before = this.#objects.get(facts.name);
    this.#objects.set(facts.name, object);
    if (before) rmSync(before.path, { force: true });
    else this.#sorted = undefined;
    return object;
  }

  /** Throws 404, or 412 when its generation is another one. */
  get(name: string, ifGeneration: string | null): GcsObject {
    const object = this.#objects.get(name);
    if (object === undefined) throw noObject(this.bucket, name);
    this.#require(name, ifGeneration);
    return object;
  }

  remove(name: string, ifGeneration: string | null): void {
    const object = this.get(name, ifGeneration);
    this.#objects.delete(name);
    this.#sorted = undefined;
    rmSync(object.path, { force: true });
  }

  async copy(from: GcsObject, to: string, ifGeneration: string | null): Promise<GcsObject> {
    const incoming = this.receive();
    for await (const chunk of Bun.file(from.path).stream()) incoming.write(chunk);
    return incoming.finish(to, from.contentType, from, ifGeneration);
  }

  /** Names that begin with `prefix` and are at or behind `start`, in the order of their bytes. */
  names(prefix: string, start: string): string[] {
    this.#sorted ??= [...this.#objects.keys()].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    return this.#sorted.filter((name) => name.startsWith(prefix) && name >= start);
  }
}

function compare(kind: string, expected: string | undefined, actual: string): void {
  if (expected === undefined || expected === actual) return;
  throw badRequest(`Provided ${kind} hash "${expected}" doesn't match calculated ${kind} hash "${actual}".`);
}
