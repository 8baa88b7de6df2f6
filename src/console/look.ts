import { readCookie, writeCookie } from '../http/cookie.ts';
import { isLanguage, type Language, languageOf } from './texts/index.ts';

/** The themes that can be chosen; `auto` follows the system. */
export const themes = ['auto', 'light', 'dark'] as const;

/** One of {@link themes}. */
export type Theme = (typeof themes)[number];

/** How somebody wants the console to look. */
export interface Look {
  readonly theme: Theme;
  readonly language: Language;
  /** Whether the language was chosen, and not taken from the browser's wishes. */
  readonly isChosen: boolean;
}

const YEAR = 365 * 24 * 3600;

/** The look of a request: of its cookie, else of what the browser asks for. Whatever is unreadable counts as not said. */
export function readLook({ headers }: Request, isSecure: boolean): Look {
  const [theme = '', language = ''] = (readCookie(headers.get('cookie'), cookieName(isSecure)) ?? '').split(
    '.',
  );
  const chosen = isLanguage(language) ? language : undefined;
  return {
    theme: themes.find((one) => one === theme) ?? 'auto',
    language: chosen ?? languageOf(headers.get('accept-language')),
    isChosen: chosen !== undefined,
  };
}

/** The cookie that keeps a look; without a language the browser's wishes count. */
export function lookCookie(theme: string, language: string, isSecure: boolean): string {
  const kept = `${themes.find((one) => one === theme) ?? 'auto'}.${isLanguage(language) ? language : ''}`;
  return writeCookie(cookieName(isSecure), kept, { maxAge: YEAR, sameSite: 'Strict', secure: isSecure });
}

function cookieName(isSecure: boolean): string {
  return isSecure ? '__Host-dossier-look' : 'dossier-look';
}
