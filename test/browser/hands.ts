import type { Locator, Page } from 'playwright-core';
import type { VisitorOptions } from './browser.ts';

/** Presses of Tab after which nobody goes on. */
const MOST_TABS = 200;

/** How somebody gives a page what it asks for. Each begins where the last has ended: the focus is theirs. */
export interface Hand {
  /** Follows a link, or does what a button says. */
  press(target: Locator): Promise<void>;
  /** Types a text in the place of what a field has. */
  write(target: Locator, text: string): Promise<void>;
  /** Chooses of a `<select>`, by the value of the option. */
  choose(target: Locator, value: string): Promise<void>;
  /** Brings files to a place that takes them: drops them, or has the browser ask for them at the input inside. */
  bring(paths: readonly string[], place: Locator): Promise<void>;
}

/** What somebody works with: a hand, and the window that goes with it. */
export interface Way {
  readonly look: VisitorOptions;
  readonly handOn: (page: Page) => Hand;
}

/** A mouse and a keyboard, as on a laptop. */
export const byMouse: Way = {
  look: { width: 1280, height: 800, theme: 'light' },
  handOn: (page) => ({
    ...handThat(page, (target) => target.click()),
    bring: (paths, place) => drop(page, paths, place),
  }),
};

/** A finger on a phone of 360 pixels, in the dark. */
export const byTouch: Way = {
  look: { width: 360, height: 740, theme: 'dark', hasTouch: true },
  handOn: (page) => handThat(page, (target) => target.tap()),
};

/** Keys alone: what Tab does not reach is not there. */
export const byKeys: Way = { look: { width: 1280, height: 800, theme: 'dark' }, handOn: keys };

function handThat(page: Page, press: (target: Locator) => Promise<void>): Hand {
  return {
    press,
    async write(target, text) {
      await press(target);
      await replaceText(page, text);
    },
    // The list itself is the browser's own.
    choose: async (target, value) => void (await target.selectOption(value)),
    bring: (paths, place) => chooseFiles(page, paths, () => press(place.locator('input[type=file]'))),
  };
}

function keys(page: Page): Hand {
  const { keyboard } = page;
  const reach = async (target: Locator): Promise<void> => {
    const reached = target.and(page.locator(':focus'));
    await target.waitFor();
    for (let presses = 0; presses < MOST_TABS; presses++) {
      if ((await reached.count()) > 0) return;
      await keyboard.press('Tab');
    }
    throw new Error(`${target} is not reached by ${MOST_TABS} presses of Tab`);
  };
  return {
    async press(target) {
      await reach(target);
      await keyboard.press('Enter');
    },
    async write(target, text) {
      await reach(target);
      await replaceText(page, text);
    },
    async choose(target, value) {
      await reach(target);
      await keyboard.press('Home');
      const count = await target.locator('option').count();
      for (let presses = 0; (await target.inputValue()) !== value; presses++) {
        if (presses > count) throw new Error(`${target} has no ${value}`);
        await keyboard.press('ArrowDown');
      }
    },
    async bring(paths, place) {
      await reach(place.locator('input[type=file]'));
      await chooseFiles(page, paths, () => keyboard.press('Space'));
    },
  };
}

async function replaceText({ keyboard }: Page, text: string): Promise<void> {
  await keyboard.press('Control+a');
  await keyboard.type(text);
}

async function chooseFiles(page: Page, paths: readonly string[], act: () => Promise<void>): Promise<void> {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), act()]);
  await chooser.setFiles([...paths]);
}

/** As from the window of another program. */
async function drop(page: Page, paths: readonly string[], place: Locator): Promise<void> {
  await place.scrollIntoViewIfNeeded();
  const { x, y } = (await place.boundingBox()) ?? { x: 0, y: 0 };
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', { type, x: x + 20, y: y + 20, data });
  await session.detach();
}
