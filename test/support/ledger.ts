import { createHash } from 'node:crypto';
import { textAt } from './json.ts';
import { MULTIPART_TYPE, multipart } from './multipart.ts';

/** What the client of a server that may die knows for certain. */
export interface Ledger {
  /** Writes that were answered with success. */
  readonly acknowledged: number;
  /**
   * Works on a server until `stop` resolves or the server dies: several writers create, replace and delete records, each of
   * them its own, and look at thumbs. Throws when the server answers what it should not have.
   */
  work(base: string, stop: Promise<unknown>, options?: WorkOptions): Promise<void>;
  /** Compares every record with what was answered. A write without an answer may have happened, or not; wholly either way. */
  check(base: string): Promise<string[]>;
}

/** How a ledger looks at answers. */
export interface WorkOptions {
  /** Answers from 500 on are no fault: the write may have happened, or not. */
  readonly failuresExpected?: boolean;
}

/** A state that a record may have. */
interface Version {
  /** SHA-256 of the file. */
  readonly digest: string;
  readonly title: string;
}

interface Entry {
  readonly id: string;
  /** The acknowledged state, undefined = deleted; more than one while answers are outstanding. */
  possible: (Version | undefined)[];
}

/** More sizes than a file may have thumbs, so that asking for all drives some out. */
export const THUMBS: readonly string[] = Array.from({ length: 40 }, (_, n) => `${n + 11}x${n + 11}`);

/** The collection that a ledger writes to. */
export const LEDGER_COLLECTION = {
  name: 'entries',
  type: 'base',
  listRule: '',
  viewRule: '',
  createRule: '',
  updateRule: '',
  deleteRule: '',
  fields: [
    { name: 'title', type: 'text' },
    { name: 'file', type: 'file', maxSize: 50_000_000, thumbs: THUMBS },
    { name: 'more', type: 'file', maxSelect: 3 },
  ],
};

const RECORDS = '/api/collections/entries/records';
const WRITERS = 6;

/**
 * Makes a ledger. `random` gives numbers below 1; `picture` is a picture whose thumbs are asked for. Record ids are the
 * client's own, so that a create without an answer can be looked for. `huge`: every tenth file has so many bytes.
 */
export function createLedger(
  random: () => number,
  picture: Uint8Array,
  { huge = 0 }: { readonly huge?: number } = {},
): Ledger {
  const entries = new Map<string, Entry>();
  let acknowledged = 0;
  let serial = 0;

  /** Sends a write: its outcome joins what is possible until the answer decides. */
  async function write(
    entry: Entry,
    outcome: Version | undefined,
    send: () => Promise<Response>,
    statuses: readonly number[],
  ): Promise<void> {
    entry.possible = [...entry.possible, outcome];
    const response = await send();
    const body = await response.text();
    if (!statuses.includes(response.status)) throw new Refused(response.status, body);
    entry.possible = [outcome];
    acknowledged++;
  }

  function content(): Uint8Array {
    const kind = random();
    // A picture, a small text, or a file that takes several chunks. Each has bytes of its own.
    const stamp = new TextEncoder().encode(`#${serial}`);
    if (kind > 0.9 && huge > 0) return Buffer.concat([new Uint8Array(huge), stamp]);
    if (kind < 0.4) return Buffer.concat([picture, stamp]);
    if (kind < 0.8) return Buffer.concat([new TextEncoder().encode('small '), stamp]);
    return Buffer.concat([new Uint8Array(300_000 + Math.floor(random() * 200_000)), stamp]);
  }

  function form(version: Version, value: Uint8Array, id?: string): RequestInit {
    const more = random() < 0.3;
    const body = multipart([
      ...(id === undefined ? [] : [{ name: 'id', value: id }]),
      { name: 'title', value: version.title },
      { name: 'file', filename: value.length > picture.length ? 'large.bin' : 'small.png', value },
      ...(more ? [{ name: 'more', filename: 'more.txt', value: `more ${serial}` }] : []),
    ]);
    return { method: id === undefined ? 'PATCH' : 'POST', headers: { 'content-type': MULTIPART_TYPE }, body };
  }

  async function step(base: string, mine: Entry[]): Promise<void> {
    const choice = random();
    const existing = mine[Math.floor(random() * mine.length)];
    serial++;
    if (existing === undefined || choice < 0.4) {
      const entry: Entry = { id: `e${String(serial).padStart(14, '0')}`, possible: [undefined] };
      entries.set(entry.id, entry);
      const value = content();
      const version = { digest: sha256(value), title: `t${serial}` };
      const init = form(version, value, entry.id);
      await write(entry, version, () => fetch(base + RECORDS, init), [200]);
      mine.push(entry);
    } else if (choice < 0.65) {
      const value = content();
      const version = { digest: sha256(value), title: `t${serial}` };
      const init = form(version, value);
      await write(existing, version, () => fetch(`${base}${RECORDS}/${existing.id}`, init), [200]);
    } else if (choice < 0.85) {
      mine.splice(mine.indexOf(existing), 1);
      await write(
        existing,
        undefined,
        () => fetch(`${base}${RECORDS}/${existing.id}`, { method: 'DELETE' }),
        [204],
      );
    } else {
      const record: unknown = await (await fetch(`${base}${RECORDS}/${existing.id}`)).json();
      if (choice < 0.93) return download(base, existing, textAt(record, 'file'));
      const size = THUMBS[Math.floor(random() * THUMBS.length)];
      const url = `${base}/api/files/entries/${existing.id}/${textAt(record, 'file')}?thumb=${size}`;
      const thumb = await fetch(url);
      await thumb.arrayBuffer();
      if (thumb.status !== 200) throw new Refused(thumb.status, 'thumb');
    }
    if (choice > 0.97) {
      // An upload that is refused after its file was stored: what was written must be given up.
      const refused = await fetch(`${base}${RECORDS}`, {
        method: 'POST',
        headers: { 'content-type': MULTIPART_TYPE },
        body: multipart([
          { name: 'id', value: '../bad' },
          { name: 'file', filename: 'refused.txt', value: 'refused' },
        ]),
      });
      await refused.arrayBuffer();
    }
  }

  /** Reads a file that nobody else writes. */
  async function download(base: string, { id, possible }: Entry, name: string): Promise<void> {
    const file = await fetch(`${base}/api/files/entries/${id}/${name}`);
    const bytes = await file.bytes();
    if (file.status !== 200) throw new Refused(file.status, 'download');
    const digest = sha256(bytes);
    if (!possible.some((version) => version?.digest === digest))
      throw new Refused(200, `${id} has other bytes`);
  }

  async function checkEntry(base: string, entry: Entry): Promise<string[]> {
    const response = await fetch(`${base}${RECORDS}/${entry.id}`);
    const record: unknown = await response.json();
    let found: Version | undefined;
    if (response.status === 200) {
      const file = await fetch(`${base}/api/files/entries/${entry.id}/${textAt(record, 'file')}`);
      found = {
        digest: file.ok ? sha256(await file.bytes()) : `${file.status}`,
        title: textAt(record, 'title'),
      };
    } else if (response.status !== 404) return [`${entry.id} answers ${response.status}`];
    const fits = entry.possible.some(
      (version) => version?.digest === found?.digest && version?.title === found?.title,
    );
    if (!fits) return [`${entry.id} is ${JSON.stringify(found)}, not of ${JSON.stringify(entry.possible)}`];
    // From here on this is what is known.
    entry.possible = [found];
    return [];
  }

  return {
    get acknowledged() {
      return acknowledged;
    },
    async work(base, stop, { failuresExpected = false } = {}) {
      let isOver = false;
      void stop.finally(() => {
        isOver = true;
      });
      const living = [...entries.values()].filter(({ possible }) =>
        possible.every((version) => version !== undefined),
      );
      const writer = async (_: unknown, n: number) => {
        let mine = living.filter((_, index) => index % WRITERS === n);
        while (!isOver) {
          try {
            await step(base, mine);
          } catch (error) {
            // A refused connection or a cut answer is a dead server. Anything it says is not.
            if (!(error instanceof Refused)) {
              if (!failuresExpected && (await isAlive(base))) throw error;
              return;
            }
            if (!failuresExpected || error.status < 500) throw error;
            mine = mine.filter(({ possible }) => possible.length === 1);
          }
        }
      };
      const results = await Promise.allSettled(Array.from({ length: WRITERS }, writer));
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    },
    async check(base) {
      const problems: string[] = [];
      const all = [...entries.values()];
      for (let from = 0; from < all.length; from += 20) {
        const some = await Promise.all(all.slice(from, from + 20).map((entry) => checkEntry(base, entry)));
        problems.push(...some.flat());
      }
      for (const entry of all) if (entry.possible[0] === undefined) entries.delete(entry.id);
      return problems;
    },
  };
}

/** Whether a server answers, a moment later: one that is dying may still have accepted a connection. */
export async function isAlive(base: string): Promise<boolean> {
  await Bun.sleep(300);
  return fetch(`${base}/api/health`).then(
    () => true,
    () => false,
  );
}

/** The server answered what it should not have. */
class Refused extends Error {
  constructor(
    readonly status: number,
    body: string,
  ) {
    super(`${status} ${body}`);
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
