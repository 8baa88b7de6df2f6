import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AxeResults } from 'axe-core';
import { type Browser, type BrowserContext, chromium, type Page, type Request } from 'playwright-core';
import { atEnd } from '../support/at-end.ts';
import { hasProgram } from '../support/debian-package.ts';
import { ROOT } from '../support/server.ts';

const SCREENSHOTS = join(ROOT, 'test', 'browser', 'screenshots');

/** What puts axe into a page. */
const AXE = `${readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8')};undefined`;
/** What ends when scripts of the page have had their turn. */
const TURN = 'new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)))';

/** Why there is no browser here, as a sentence; undefined where there is one. */
export async function browserUnavailable(): Promise<string | undefined> {
  return (await hasProgram('chromium')) ? undefined : 'Chromium is not installed, and its package cannot be.';
}

let shared: Promise<Browser> | undefined;

/**
 * The Chromium that test files of this process share, started when the first asks. It is closed when the last has ended, or each
 * of them where files run in parallel; it ends by itself when this process does in any other way.
 */
export function sharedBrowser(): Promise<Browser> {
  shared = stillOpen(shared);
  return shared;
}

async function stillOpen(known: Promise<Browser> | undefined): Promise<Browser> {
  const open = await known;
  if (open?.isConnected()) return open;
  const browser = await launchBrowser();
  atEnd(() => browser.close());
  return browser;
}

/** Starts Chromium without a window, for a test that closes it. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: Bun.which('chromium') ?? 'chromium',
    // The sandbox refuses root, as whom tests run in containers.
    args: process.getuid?.() === 0 ? ['--no-sandbox'] : [],
  });
}

/** How a visitor's browser is. */
export interface VisitorOptions {
  readonly width?: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
  readonly locale?: string;
  readonly hasScript?: boolean;
  /** A phone or a tablet: it is tapped on. */
  readonly hasTouch?: boolean;
}

/** Somebody with a browser of their own. */
export interface Visitor {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What must not be: breaches of the content security policy, errors in the console, dialogs that nobody asked for. */
  readonly faults: string[];
  /**
   * Saves what is to be seen as `screenshots/<name>.png`, where `DOSSIER_TEST_SCREENSHOTS` is set: ids and times differ in
   * each run, and tests leave the checkout as it is.
   */
  shoot(name: string): Promise<void>;
  /** What axe finds on the page by all of its rules, in light and dark or in one: rule, element, and how it fails. */
  violations(schemes?: readonly ('light' | 'dark')[]): Promise<readonly string[]>;
  /** Resolves when the page has everything that it loads by itself. */
  settled(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a browser for somebody; what was in others is not in it. */
export async function openVisitor(browser: Browser, options: VisitorOptions = {}): Promise<Visitor> {
  const { width = 1280, height = 800, theme = 'light', locale = 'en-GB', hasScript = true } = options;
  const { hasTouch = false } = options;
  const context = await browser.newContext({
    ...{ viewport: { width, height }, colorScheme: theme, locale, javaScriptEnabled: hasScript },
    ...{ hasTouch, isMobile: hasTouch },
    ...{ reducedMotion: 'reduce', timezoneId: 'Europe/Vienna' },
  });
  const page = await context.newPage();
  page.setDefaultTimeout(30_000);
  const faults: string[] = [];
  page.on('console', (message) => {
    // The browser itself tells of every 4xx answer, which a form that is not accepted rightly has.
    const isStatus = /the server responded with a status of (4\d\d)/.test(message.text());
    if ((message.type() === 'error' && !isStatus) || /Content Security Policy/i.test(message.text())) {
      faults.push(`${page.url()}: ${message.text()}`);
    }
  });
  page.on('pageerror', (error) => faults.push(`${page.url()}: ${error.message}`));
  page.on('dialog', (dialog) => {
    faults.push(`${page.url()}: a dialog says ${dialog.message()}`);
    void dialog.dismiss();
  });
  const under = new Set<Request>();
  page.on('request', (one) => one.resourceType() !== 'eventsource' && under.add(one));
  page.on('requestfinished', (one) => under.delete(one));
  page.on('requestfailed', (one) => under.delete(one));
  return {
    ...{ page, context, faults },
    async shoot(name) {
      if (!process.env.DOSSIER_TEST_SCREENSHOTS) return;
      mkdirSync(SCREENSHOTS, { recursive: true });
      // What hides the caret is a style of its own, which htmx would carry from one element to the next.
      await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), caret: 'initial' });
    },
    async violations(schemes = ['light', 'dark']) {
      const found: string[] = [];
      // Asked from outside, as pages allow no `eval`. What axe says of what is right takes most of its time.
      if (!(await page.evaluate<boolean>("'axe' in window"))) await page.evaluate(AXE);
      for (const scheme of schemes) {
        await page.emulateMedia({ colorScheme: scheme });
        const { violations } = await page.evaluate<AxeResults>("axe.run({ resultTypes: ['violations'] })");
        for (const { id, nodes } of violations) {
          for (const node of nodes)
            found.push(`${scheme}: ${id}: ${node.html}: ${node.failureSummary ?? ''}`);
        }
      }
      await page.emulateMedia({ colorScheme: theme });
      // axe leaves these behind, and what htmx copies from one element to the next must not be styles.
      await page.evaluate(
        "document.querySelectorAll('[style=\"\"]').forEach((one) => one.removeAttribute('style'))",
      );
      return found;
    },
    async settled() {
      do {
        await Promise.all([...under].map(async (one) => (await one.response())?.finished()));
        await page.waitForLoadState('load');
        if (hasScript) await page.evaluate(TURN);
      } while (under.size > 0);
    },
    close: () => context.close(),
  };
}

/** Pixels by which the page is wider than the window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}

/** Presses Tab until the element has the focus, as somebody without a mouse does. */
export async function tabTo(page: Page, selector: string, most = 60): Promise<void> {
  for (let presses = 0; presses < most; presses++) {
    await page.keyboard.press('Tab');
    const isThere = `document.activeElement.matches(${JSON.stringify(selector)})`;
    if (await page.evaluate<boolean>(isThere)) return;
  }
  throw new Error(`${selector} is not reached by ${most} presses of Tab`);
}
