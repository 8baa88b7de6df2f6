import { type Browser, chromium, type Page } from 'playwright-core';
import { call } from '../api.ts';
import { type Benchmark, figureLine, median, milliseconds } from '../bench.ts';
import { signIn } from '../console-session.ts';
import { copyData, startDossier } from '../servers.ts';

const FILES = 200;
const BYTES = 100_000;
const ALBUM = '/_/collections/drops';

/** What the page saw of itself while the files were on their way, in milliseconds. */
interface Watched {
  /** Between two frames. */
  readonly longestGap: number;
  /** The same of the page at rest, for a while before. */
  readonly restGap: number;
  readonly longestTask: number;
  readonly total: number;
}

/** Files dropped on a page of the console, in a real Chromium. */
export const consoleDrop: Benchmark = {
  name: 'console-drop',
  about: `${FILES} files of ${BYTES / 1000} KB dropped on a page in Chromium: the longest time between two frames, and until all are records`,
  async *run(world) {
    const dossier = await startDossier(world, copyData(world, 'console-drop'));
    const browser = await launch();
    try {
      const cookie = await signIn(dossier, world);
      const { email: identity, password } = world.data.admin;
      const login = '/api/collections/_superusers/auth-with-password';
      const token = String((await call(dossier.base, 'POST', login, { json: { identity, password } })).token);
      const fields = [{ name: 'picture', type: 'file' }];
      await call(dossier.base, 'POST', '/api/collections', {
        ...{ token, json: { name: 'drops', type: 'base', fields } },
      });
      const seen: Watched[] = [];
      for (let round = 1; round <= world.rounds; round++) {
        seen.push(await dropAll(browser, dossier.base, cookie));
        const path = '/api/collections/drops/records?perPage=1&fields=id';
        const { totalItems } = await call(dossier.base, 'GET', path, { token });
        if (totalItems !== round * FILES) throw new Error(`${totalItems} records after ${round} drops`);
      }
      const gaps = seen.map(({ longestGap }) => longestGap);
      const [rest, task] = [
        Math.max(...seen.map((one) => one.restGap)),
        Math.max(...seen.map((one) => one.longestTask)),
      ];
      const tasks = `longest task ${milliseconds(task)}; longest gap of the page at rest ${milliseconds(rest)}`;
      yield figureLine('console drop, longest gap', Math.max(...gaps), milliseconds, { atMost: 100 }, tasks);
      const totals = median(seen.map(({ total }) => total));
      const speed = `${(FILES / (totals / 1000)).toFixed(0)} files/s; all ${FILES} arrived each time`;
      yield figureLine('console drop, all files', totals, milliseconds, undefined, speed);
    } finally {
      await browser.close();
      await dossier.stop();
    }
  },
};

function launch(): Promise<Browser> {
  const executablePath = Bun.which('chromium');
  if (executablePath === null) throw new Error('Chromium is not installed');
  return chromium.launch({ executablePath, args: process.getuid?.() === 0 ? ['--no-sandbox'] : [] });
}

async function dropAll(browser: Browser, base: string, cookie: string): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  try {
    const [name = '', value = ''] = cookie.split('=');
    await context.addCookies([{ name, value, url: base }]);
    const page = await context.newPage();
    await page.goto(`${base}${ALBUM}/upload`);
    await page.evaluate(MAKE);
    await page.evaluate(DROP);
    // The page goes there by itself once all are sent.
    await page.waitForURL(`${base}${ALBUM}`, { timeout: 120_000 });
    return await watched(page);
  } finally {
    await context.close();
  }
}

const MAKE = `window.made = Array.from({ length: ${FILES} }, (_, index) => {
  const bytes = crypto.getRandomValues(new Uint8Array(50_000));
  return new File([bytes, bytes], 'photo-' + index + '.bin');
}); undefined`;

/** Begins to watch, and drops the files. What was seen outlives the page in the session's storage. */
const DROP = `{
  const transfer = new DataTransfer();
  for (const file of window.made) transfer.items.add(file);
  const element = document.querySelector('file-drop');
  let [longestGap, restGap, longestTask, begin, before] = [0, 0, 0, 0, performance.now()];
  const frame = () => {
    const now = performance.now();
    longestGap = Math.max(longestGap, now - before);
    before = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  addEventListener('pagehide', () => {
    sessionStorage.setItem('watched', JSON.stringify({ longestGap, restGap, longestTask, total: performance.now() - begin }));
  });
  // In a task of its own, as a drop is.
  setTimeout(() => {
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) longestTask = Math.max(longestTask, duration);
    }).observe({ type: 'longtask' });
    restGap = longestGap;
    longestGap = 0;
    begin = before = performance.now();
    element.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, cancelable: true }));
  }, 3000);
}`;

async function watched(page: Page): Promise<Watched> {
  const text = await page.evaluate<string>("sessionStorage.getItem('watched') ?? ''");
  const { longestGap, restGap, longestTask, total } = Object(JSON.parse(text));
  return {
    ...{ longestGap: Number(longestGap), restGap: Number(restGap) },
    ...{ longestTask: Number(longestTask), total: Number(total) },
  };
}
