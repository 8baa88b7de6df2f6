import type { OptionReader } from './options.ts';

/** Options of types whose values name a domain. Only one of the lists may be set. */
export interface DomainOptions {
  readonly exceptDomains: readonly string[];
  readonly onlyDomains: readonly string[];
}

/** Reads both lists: `empty` at each when both are set, else `is_domain` at the entry. */
export function readDomains(options: OptionReader): DomainOptions {
  const exceptDomains = options.texts('exceptDomains');
  const onlyDomains = options.texts('onlyDomains');
  const both = exceptDomains.length > 0 && onlyDomains.length > 0;
  for (const [key, domains] of Object.entries({ exceptDomains, onlyDomains })) {
    if (both) options.report(key, 'empty');
    for (const [index, domain] of domains.entries()) {
      if (!both && !isDomain(domain)) options.report(`${key}.${index}`, 'is_domain');
    }
  }
  return { exceptDomains, onlyDomains };
}

/** Whether the options let a domain pass. Letter case does not matter. */
export function allowsDomain({ exceptDomains, onlyDomains }: DomainOptions, domain: string): boolean {
  const wanted = domain.toLowerCase();
  const among = (domains: readonly string[]) => domains.some((entry) => entry.toLowerCase() === wanted);
  if (onlyDomains.length > 0 && !among(onlyDomains)) return false;
  return !among(exceptDomains);
}

const LABEL = /^[\p{L}\p{N}_-]{1,63}$/u;

/** A host name of at least two labels whose last is not a number. International letters are allowed. */
export function isDomain(text: string): boolean {
  if (text.length > 253) return false;
  const labels = text.split('.');
  if (labels.length < 2) return false;
  if (!/\p{L}/u.test(labels.at(-1) ?? '')) return false;
  return labels.every((label) => LABEL.test(label) && !label.startsWith('-') && !label.endsWith('-'));
}
