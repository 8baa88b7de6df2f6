import { allowsDomain, type DomainOptions, isDomain, readDomains } from './domains.ts';
import type { Field, FieldType } from './field.ts';
import { readOptions } from './options.ts';
import { plainText } from './plain-text.ts';
import { fine, issue, unreadable } from './values.ts';

/** One e-mail address. */
export interface EmailField extends Field, DomainOptions {
  readonly type: 'email';
}

/** See {@link EmailField}. */
export const emailType: FieldType<EmailField> = {
  type: 'email',
  parse(input, base) {
    const options = readOptions(input);
    return { field: { ...base, type: 'email', ...readDomains(options) }, issues: options.issues };
  },
  ...plainText,
  validate(value, field) {
    if (typeof value !== 'string') return unreadable;
    if (value === '') return field.required ? issue('required') : fine;
    if (!isEmail(value)) return issue('is_email');
    const domain = value.slice(value.lastIndexOf('@') + 1);
    return allowsDomain(field, domain) ? fine : issue('email_domain_not_allowed');
  },
};

const ATOM = /^[\p{L}\p{N}!#$%&'*+/=?^_`{|}~-]+$/u;

/**
 * An address as RFC 5322 has it, without comments and quoted parts; international letters are allowed (RFC 6531). Its domain
 * has two labels at least, or is `localhost`, as of the accounts that products make for their first administrator.
 */
export function isEmail(text: string): boolean {
  if (text.length > 254) return false;
  const at = text.lastIndexOf('@');
  if (at < 1 || at > 64) return false;
  return (
    text
      .slice(0, at)
      .split('.')
      .every((atom) => ATOM.test(atom)) && isHost(text.slice(at + 1))
  );
}

function isHost(domain: string): boolean {
  return domain.toLowerCase() === 'localhost' || isDomain(domain);
}
