import { allowsDomain, type DomainOptions, isDomain, readDomains } from './domains.ts';
import type { Field, FieldType } from './field.ts';
import { readOptions } from './options.ts';
import { plainText } from './plain-text.ts';
import { fine, issue, unreadable } from './values.ts';

/** One web address. */
export interface UrlField extends Field, DomainOptions {
  readonly type: 'url';
}

/** See {@link UrlField}. */
export const urlType: FieldType<UrlField> = {
  type: 'url',
  parse(input, base) {
    const options = readOptions(input);
    return { field: { ...base, type: 'url', ...readDomains(options) }, issues: options.issues };
  },
  ...plainText,
  validate(value, field) {
    if (typeof value !== 'string') return unreadable;
    if (value === '') return field.required ? issue('required') : fine;
    const host = hostOf(value);
    if (host === undefined) return issue('invalid_url');
    return allowsDomain(field, host) ? fine : issue('url_domain_not_allowed');
  },
};

const MAX_LENGTH = 2083;
const SCHEME = /^(?:https?|wss?|ftp|tcp|udp):\/\//i;

/** The host of an address with a web scheme or none at all; undefined when the text is no address. */
function hostOf(text: string): string | undefined {
  if (text.length < 3 || text.length > MAX_LENGTH || /[\s\p{Cc}]/u.test(text)) return undefined;
  if (!SCHEME.test(text) && text.includes('://')) return undefined;
  const rest = text.replace(SCHEME, '');
  if (rest === '' || rest.startsWith('.') || rest.startsWith('/')) return undefined;
  // Only the host is asked for, and it is read alike for all of these schemes.
  const host = URL.parse(`http://${rest}`)?.hostname;
  if (host === undefined) return undefined;
  const isAddress = host.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(host);
  return host === 'localhost' || isAddress || isDomain(host) ? host : undefined;
}
