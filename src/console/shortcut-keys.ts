import type { Visit } from './visit.ts';

/** The preference of those who want no key of a single character: speech can press it by mistake (WCAG 2.1.4). */
export const HELP_KEY = 'keys.help';

/** Whether the key ? leads to the page about keys. */
export function hasHelpKey({ preferences }: Pick<Visit, 'preferences'>): boolean {
  return preferences.get(HELP_KEY) !== 'off';
}
