import type { PreferenceValues } from '../core/index.ts';
import { readCookie, writeCookie } from '../http/cookie.ts';
import { isLanguage, type Language, languageOf, localeOf } from './texts/index.ts';

/** The themes that can be chosen; `auto` follows the system. */
export const themes = ['auto', 'light', 'dark'] as const;

/** One of {@link themes}. */
export type Theme = (typeof themes)[number];

/** How somebody wants the console to look. */
export interface Look {
  readonly theme: Theme;
  readonly language: Language;
  /** The language as a country writes its dates and numbers: that of the browser's wishes, where it is known. */
  readonly locale: string;
  /** Whether the language was chosen, and not taken from the browser's wishes. */
  readonly isChosen: boolean;
}

/** Of the preference. */
const NAME = 'look';
const YEAR = 365 * 24 * 3600;

/** The look of a request: of its cookie, else of what the browser asks for. Whatever is unreadable counts as not said. */
export function readLook({ headers }: Request, isSecure: boolean): Look {
  const kept = readCookie(headers.get('cookie'), cookieName(isSecure)) ?? '';
  return lookOf(kept.split('.'), headers);
}

/** The look that an admin chose, in whatever browser; undefined for one who never did. */
export function preferredLook({ headers }: Request, preferences: PreferenceValues): Look | undefined {
  const kept = preferences.get(NAME);
  return typeof kept === 'string' ? lookOf(kept.split('.'), headers) : undefined;
}

/** The change of preferences that keeps a look, as {@link lookCookie} does in a browser: for its login page. */
export function keptLook(theme: string, language: string): Record<string, unknown> {
  return { [NAME]: textOf(theme, language) };
}

function lookOf([theme = '', language = '']: readonly string[], headers: Headers): Look {
  const chosen = isLanguage(language) ? language : undefined;
  const accepted = headers.get('accept-language');
  const spoken = chosen ?? languageOf(accepted);
  return {
    theme: themes.find((one) => one === theme) ?? 'auto',
    language: spoken,
    locale: localeOf(accepted, spoken),
    isChosen: chosen !== undefined,
  };
}

/** The cookie that keeps a look; without a language the browser's wishes count. */
export function lookCookie(theme: string, language: string, isSecure: boolean): string {
  const options = { maxAge: YEAR, sameSite: 'Strict', secure: isSecure } as const;
  return writeCookie(cookieName(isSecure), textOf(theme, language), options);
}

function textOf(theme: string, language: string): string {
  return `${themes.find((one) => one === theme) ?? 'auto'}.${isLanguage(language) ? language : ''}`;
}

function cookieName(isSecure: boolean): string {
  return isSecure ? '__Host-dossier-look' : 'dossier-look';
}
