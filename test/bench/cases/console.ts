import { call } from '../api.ts';
import { type Benchmark, figureLine, median, milliseconds, type World } from '../bench.ts';
import { signIn } from '../console-session.ts';
import { POST, ROWS } from '../data-set.ts';
import type { Running } from '../processes.ts';
import { copyData, startDossier } from '../servers.ts';

const GRID = '/_/collections/posts';
/** The main pages. */
const PAGES = [
  '/_/',
  '/_/collections',
  GRID,
  `${GRID}/definition`,
  `${GRID}/rules`,
  `${GRID}/connect`,
  `${GRID}/records/new`,
  '/_/files',
  '/_/accounts',
  '/_/operations/requests',
  '/_/operations/backups',
];
const ASSETS = '/_/assets/';
const VIEWS_A_ROUND = 40;
/** What the browser says it takes, over plain HTTP. */
const ENCODINGS = 'gzip, deflate';

/** The pages of the console, as a browser asks for them. */
export const consoleBench: Benchmark = {
  name: 'console',
  about: `the first view of a 50-row grid of ${ROWS} records, each after a record was written (95th percentile of the answer's time); bytes and requests of each main page with an empty cache, without images`,
  async *run(world) {
    const dossier = await startDossier(world, copyData(world, 'console'));
    try {
      const cookie = await signIn(dossier, world);
      yield await firstViews(dossier, cookie, world);
      yield* transfers(dossier, cookie);
    } finally {
      await dossier.stop();
    }
  },
};

async function firstViews(dossier: Running, cookie: string, { rounds, data }: World) {
  const times: number[] = [];
  for (let view = 0; view < rounds * VIEWS_A_ROUND; view++) {
    await call(dossier.base, 'POST', '/api/collections/posts/records', { token: data.token, json: POST });
    const before = performance.now();
    const page = await load(dossier, GRID, cookie);
    times.push(performance.now() - before);
    const rows = page.text.split('<tr').length - 2;
    if (rows !== 50) throw new Error(`${GRID} has ${rows} rows`);
  }
  times.sort((a, b) => a - b);
  const p95 = times[Math.ceil(times.length * 0.95) - 1] ?? Number.NaN;
  const note = `of ${times.length}; median ${milliseconds(median(times))}, slowest ${milliseconds(Math.max(...times))}`;
  return figureLine(`console, 50 of ${ROWS} rows, p95`, p95, milliseconds, { atMost: 300 }, note);
}

/** What a browser with an empty cache fetches for each page: the page, its styles and scripts, and what loads by itself. */
async function* transfers(dossier: Running, cookie: string) {
  for (const path of PAGES) {
    const fetched = new Map<string, number>();
    let waiting = [path];
    while (waiting.length > 0) {
      const found: string[] = [];
      for (const each of waiting) {
        const { bytes, text } = await load(dossier, each, cookie);
        fetched.set(each, bytes);
        found.push(...needed(each, text));
      }
      waiting = [...new Set(found)].filter((each) => !fetched.has(each));
    }
    const total = [...fetched.values()].reduce((sum, bytes) => sum + bytes, 0) / 1000;
    const own = `the page ${kilobytes((fetched.get(path) ?? Number.NaN) / 1000)}`;
    const again = [...fetched.keys()].filter((each) => !each.startsWith(ASSETS)).length;
    const name = `console${path.slice(2)}, transfer`;
    const note = `${fetched.size} requests, ${again} once assets are kept; ${own}`;
    yield figureLine(name, total, kilobytes, { atMost: 150 }, note);
  }
}

/** Addresses that a page or a script has the browser fetch; images are left out. */
function needed(path: string, text: string): string[] {
  if (path.endsWith('.js')) {
    const imports = text.matchAll(/^import\s[^'"]*['"](\.\/[^'"]+)['"]/gm);
    return [...imports].map(([, name = '']) => new URL(name, `http://x${path}`).pathname);
  }
  const links = text.matchAll(/<(?:script[^>]* src|link rel="stylesheet" href)="([^"]+)"/g);
  const later = text.matchAll(/hx-get="([^"]+)"[^>]*hx-trigger="load"/g);
  return [...links, ...later].map(([, address = '']) => address.replaceAll('&amp;', '&'));
}

/** One answer as it comes over the wire, headers included, and its text. */
async function load({ base }: Running, path: string, cookie: string) {
  const headers = { cookie, 'accept-encoding': ENCODINGS };
  const answer = await fetch(`${base}${path}`, { headers, decompress: false });
  const body = new Uint8Array(await answer.arrayBuffer());
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status}`);
  const isSmall = answer.headers.get('content-encoding') === 'gzip';
  const text = new TextDecoder().decode(isSmall ? Bun.gunzipSync(body) : body);
  const head = [...answer.headers].reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
  return { text, bytes: body.byteLength + head };
}

/** Kilobytes (10^3 bytes). */
function kilobytes(figure: number): string {
  return `${figure.toFixed(1)} KB`;
}
