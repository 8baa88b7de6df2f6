import { de } from './de.ts';
import { en } from './en.ts';

/** Every text of the console. English is the type: a translation that lacks one does not compile. */
export type Texts = typeof en;

/** The languages, by their tags. A new one is a file beside `en.ts` and a line here. */
const languages = { en, de } satisfies Record<string, Texts>;

/** The tag of a language that the console speaks. */
export type Language = keyof typeof languages;

/** Countries whose dates and numbers differ; a closed list, as formats are kept for each. */
const locales: Readonly<Record<Language, readonly string[]>> = {
  en: ['en-AU', 'en-CA', 'en-GB', 'en-IE', 'en-IN', 'en-NZ', 'en-US', 'en-ZA'],
  de: ['de-AT', 'de-CH', 'de-DE'],
};

/** Their own names, for the choice. */
export const languageNames: Readonly<Record<Language, string>> = { en: 'English', de: 'Deutsch' };

/** The texts of a language. */
export function textsOf(language: Language): Texts {
  return languages[language];
}

/** Whether the console speaks it. */
export function isLanguage(tag: string): tag is Language {
  return Object.hasOwn(languages, tag);
}

/** The language that an Accept-Language header asks for first among those that there are; English for anything else. */
export function languageOf(accepted: string | null): Language {
  const wishes = (accepted ?? '').slice(0, 500).split(',').map(readWish);
  wishes.sort((a, b) => b.quality - a.quality);
  for (const { tag, quality } of wishes) if (quality > 0 && isLanguage(tag)) return tag;
  return 'en';
}

/** The language as the first country writes it that an Accept-Language header names for it; without one, the language itself. */
export function localeOf(accepted: string | null, language: Language): string {
  const named = (accepted ?? '')
    .slice(0, 500)
    .toLowerCase()
    .split(/[\s,;]+/);
  const found = named.map((tag) => locales[language].find((one) => one.toLowerCase() === tag));
  return found.find((one) => one !== undefined) ?? language;
}

/** `de-AT;q=0.8` asks for German with 0.8. */
function readWish(text: string): { readonly tag: string; readonly quality: number } {
  const [name = '', ...parameters] = text.trim().toLowerCase().split(';');
  const quality = parameters.map((part) => /^\s*q=([\d.]+)\s*$/.exec(part)?.[1]).find(Boolean);
  return { tag: name.split('-')[0] ?? '', quality: quality === undefined ? 1 : Number(quality) };
}
