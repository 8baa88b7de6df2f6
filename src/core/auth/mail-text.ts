import { stringifyJson } from '../../lib/lossless-json.ts';
import type { MailTemplate } from '../collections/collection.ts';
import type { MailMessage } from '../ports/mailer.ts';

/** What a template may name. */
export interface MailFacts {
  readonly APP_NAME: string;
  /** Without a final slash. */
  readonly APP_URL: string;
  readonly TOKEN?: string;
  readonly OTP?: string;
  readonly ALERT_INFO?: string;
  /** `{RECORD:name}`: values that the account may see itself. */
  readonly record?: Readonly<Record<string, unknown>>;
}

/** The link of the stock templates, which leads to a page that a dialect may have elsewhere. */
const STOCK_LINK = /\{APP_URL\}\/_\/#\/auth\/[a-z-]+\/\{TOKEN\}/g;
const PLACEHOLDER = /\{(?:RECORD:([A-Za-z0-9_]+)|([A-Z_]+))\}/g;

/**
 * A message of a template. Values are escaped where they become HTML; nothing in them is read as a placeholder. `link` is the
 * path, with `{TOKEN}` in it, that takes the place of the stock link.
 */
export function writeMail(
  to: string,
  template: MailTemplate,
  facts: MailFacts,
  link: string | undefined,
): MailMessage {
  const body =
    link === undefined
      ? template.body
      : template.body.replace(STOCK_LINK, () => `{APP_URL}${escapeHtml(link)}`);
  const html = fill(body, facts, escapeHtml);
  return { to, subject: fill(template.subject, facts, (text) => text), text: plainText(html), html };
}

function fill(template: string, facts: MailFacts, write: (text: string) => string): string {
  return template.replace(PLACEHOLDER, (placeholder, field: string | undefined, name: string | undefined) => {
    const value = field === undefined ? factOf(facts, name) : facts.record?.[field];
    if (value === undefined) return field === undefined ? placeholder : '';
    return write(typeof value === 'object' ? (stringifyJson(value) ?? '') : String(value));
  });
}

function factOf(facts: MailFacts, name: string | undefined): string | undefined {
  switch (name) {
    case 'APP_NAME':
    case 'APP_URL':
    case 'TOKEN':
    case 'OTP':
    case 'ALERT_INFO':
      return facts[name];
    default:
      return undefined;
  }
}

const ENTITIES = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? '');
}

/** What a reader without HTML gets: the words, and the address behind each link. */
function plainText(html: string): string {
  return html
    .replace(/\s+/g, ' ')
    .replace(/<a\b[^>]*?\bhref="([^"]*)"[^>]*>([^<]*)<\/a>/gi, (_, address: string, words: string) =>
      words.trim() === address ? address : `${words.trim()}: ${address}`,
    )
    .replace(/<br\s*\/?>|<\/(?:p|div|h\d|li|tr)>/gi, '\n')
    .replace(/<[^>]*>/g, '')
    .replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => {
      for (const [character, name] of ENTITIES) if (name === entity) return character;
      return entity;
    })
    .split('\n')
    .map((line) => line.trim())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
