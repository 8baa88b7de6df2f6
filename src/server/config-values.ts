import { createClientIp } from '../http/client-ip.ts';
import { type Cron, parseCron } from '../lib/cron.ts';

/** Where the server listens. */
export interface ListenAddress {
  /** A name or an address; IPv6 without brackets. */
  readonly hostname: string;
  /** 0 = any free port. */
  readonly port: number;
}

/** Thrown by {@link Parse}: says what would have been right, in words that follow "expected". */
export class Unexpected extends Error {}

/** Turns a value of a flag or variable (text) or of dossier.toml (any TOML value) into its type, or throws {@link Unexpected}. */
export type Parse<T> = (value: unknown) => T;

/** A text that is not empty. */
export const text: Parse<string> = (value) => {
  if (typeof value !== 'string' || value.trim() === '' || value.includes('\0'))
    throw new Unexpected('a text');
  return value;
};

/** An id or a secret, which goes into the headers of requests: printable ASCII. */
export const credential: Parse<string> = (value) => {
  if (typeof value !== 'string' || !/^[!-~]{1,16384}$/.test(value))
    throw new Unexpected('a text without spaces and line breaks');
  return value;
};

/** The name of a region, which becomes a part of a host name. */
export const region: Parse<string> = (value) => {
  if (typeof value !== 'string' || !/^[A-Za-z0-9_-]{1,63}$/.test(value))
    throw new Unexpected('a name such as "eu-west-1"');
  return value;
};

/** One of the given words. */
export function oneOf<const W extends string>(...words: readonly W[]): Parse<W> {
  return (value) => {
    const word = words.find((candidate) => candidate === value);
    if (word === undefined) throw new Unexpected(listWords(words));
    return word;
  };
}

/** A whole number within the bounds, both included. */
export function integer(min: number, max: number): Parse<number> {
  return (value) => {
    const number = typeof value === 'string' && /^\d{1,15}$/.test(value.trim()) ? Number(value) : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < min || number > max) {
      throw new Unexpected(`a whole number from ${min} to ${max}`);
    }
    return number;
  };
}

const units = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Bytes: a number, or a text such as `10MB` (1 MB = 1,048,576 bytes, as the products that share these keys count). */
export const size: Parse<number> = (value) => {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?$/i.exec(String(value).trim());
  const unit = units.findIndex((name) => name === `${match?.[2] ?? ''}B`.toUpperCase());
  const bytes = match ? Math.floor(Number(match[1]) * 1024 ** unit) : Number.NaN;
  if (!Number.isSafeInteger(bytes)) throw new Unexpected('a size such as "10MB"');
  return bytes;
};

/** Like {@link size}; at least 1 MB. */
export const logSize: Parse<number> = (value) => {
  const bytes = size(value);
  if (bytes < 1024 ** 2) throw new Unexpected('a size of at least "1MB"');
  return bytes;
};

/** Like {@link size}; 0 = no limit (undefined). */
export const sizeOrNone: Parse<number | undefined> = (value) => size(value) || undefined;

/** Like {@link size}; `off` (or `false`) = undefined. */
export const sizeOrOff: Parse<number | undefined> = (value) => {
  if (value === 'off' || value === false) return undefined;
  try {
    return size(value);
  } catch {
    throw new Unexpected('"off" or a size such as "10MB"');
  }
};

/** A number of megabytes, in bytes; 0 = no limit (undefined). */
export const megabytes: Parse<number | undefined> = (value) => {
  const match = /^\d+(\.\d+)?$/.exec(String(value).trim());
  if (!match) throw new Unexpected('a number of megabytes');
  return size(`${match[0]}MB`) || undefined;
};

const secondsOf = new Map([
  ['', 1],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
]);

/** Seconds within the bounds: a number, or a text such as `30s`, `5m`, `24h` or `7d`. */
export function seconds(min: number, max: number): Parse<number> {
  return (value) => {
    const match = /^(\d{1,9})\s*([smhd]?)$/.exec(String(value).trim());
    const amount = match ? Number(match[1]) * (secondsOf.get(match[2] ?? '') ?? Number.NaN) : Number.NaN;
    if (!(amount >= min && amount <= max)) {
      throw new Unexpected(`${min} to ${max} seconds, such as "${Math.max(min, Math.min(max, 30))}s"`);
    }
    return amount;
  };
}

/** Yes or no: `true` or `false`. */
export const flag: Parse<boolean> = (value) => {
  if (value === true || value === 'true') return true;
  if (value === false || value === 'false') return false;
  throw new Unexpected('true or false');
};

/** `on` or `off`, also spelt as {@link flag} has it. */
export const onOff: Parse<boolean> = (value) => {
  if (value === 'on' || value === 'off') return value === 'on';
  try {
    return flag(value);
  } catch {
    throw new Unexpected('"on" or "off"');
  }
};

/** The name of a bucket or container, as loosely as all services together have it. */
export const bucketName: Parse<string> = (value) => {
  if (typeof value !== 'string' || !/^[A-Za-z0-9$][A-Za-z0-9._-]{2,221}$/.test(value))
    throw new Unexpected('a name of at least three letters, digits, ".", "-" and "_"');
  return value;
};

/** What keys begin with: path segments without `..`; given back with one slash at the end, or empty. */
export const keyPrefix: Parse<string> = (value) => {
  const segments = typeof value === 'string' ? value.split('/').filter((segment) => segment !== '') : [''];
  if (
    !segments.every((segment) => /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/.test(segment)) ||
    segments.length > 10
  )
    throw new Unexpected('a path such as "dossier/files"');
  return segments.map((segment) => `${segment}/`).join('');
};

/** Five fields of cron in UTC, or a word such as `@daily`. */
export const schedule: Parse<Cron> = (value) => {
  const cron = typeof value === 'string' ? parseCron(value) : undefined;
  if (!cron) throw new Unexpected('five fields of cron such as "0 3 * * *", or "@daily"');
  return cron;
};

/** A list: an array of texts in dossier.toml, comma-separated in a flag or variable. */
export function listOf<T>(item: Parse<T>): Parse<readonly T[]> {
  return (value) => {
    const parts = typeof value === 'string' ? value.split(',').filter((part) => part.trim() !== '') : value;
    if (!Array.isArray(parts)) throw new Unexpected('a list');
    return Object.freeze(parts.map((part: unknown) => item(typeof part === 'string' ? part.trim() : part)));
  };
}

/** `host:port`, `:port` (every IPv4 address), or a port alone (this machine only). IPv6 in brackets. */
export const listenAddress: Parse<ListenAddress> = (value) => {
  const match = /^(?:(\[[0-9a-f:.]+\]|[a-z0-9.-]*):)?(\d{1,5})$/i.exec(String(value).trim());
  const port = Number(match?.[2]);
  const host = (match?.[1] ?? '127.0.0.1') || '0.0.0.0';
  // A URL's host is checked as an address when it looks like one; `1.2.3` would be completed to `1.2.0.3`.
  const parsed = URL.parse(`http://${host}`)?.hostname;
  if (!match || port > 65_535 || !parsed || (!host.startsWith('[') && parsed !== host.toLowerCase())) {
    throw new Unexpected('an address such as "127.0.0.1:8090", "[::1]:8090" or ":8090"');
  }
  return Object.freeze({ hostname: host.replace(/^\[|\]$/g, ''), port });
};

/** An address of a web site, `http` or `https`, without query, fragment, credentials or final slash. */
export const webAddress: Parse<string> = (value) => {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    throw new Unexpected('an address such as "https://files.example.com"');
  }
  return url.href.replace(/\/+$/, '');
};

/** An origin (`https://app.example.com`), or `*` for every origin. */
export const origin: Parse<string> = (value) => {
  if (value === '*') return '*';
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (
    !url ||
    !/^https?:$/.test(url.protocol) ||
    url.origin !== String(value).toLowerCase().replace(/\/$/, '')
  ) {
    throw new Unexpected('origins such as "https://app.example.com", or "*"');
  }
  return url.origin;
};

/** A sender of mail: `me@example.com`, or `Name <me@example.com>`. */
export const mailbox: Parse<string> = (value) => {
  const match =
    typeof value === 'string' ? /^(?:[^<>"\p{Cc}]*<([^<>]+)>|([^<>\s]+))$/u.exec(value.trim()) : null;
  const address = match?.[1] ?? match?.[2] ?? '';
  if (!match || !/^[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,255}$/.test(address)) {
    throw new Unexpected('an address such as "me@example.com" or "Name <me@example.com>"');
  }
  return match[0];
};

/** The name of a machine, or its address; IPv6 with or without brackets. */
export const hostName: Parse<string> = (value) => {
  if (typeof value !== 'string' || !/^[A-Za-z0-9._:[\]-]{1,255}$/.test(value)) {
    throw new Unexpected('the name of a machine such as "smtp.example.com"');
  }
  return value.replaceAll(/[[\]]/g, '');
};

/** The scheme of an app's own addresses (`myapp`), without what runs code in a browser or opens files. */
export const appScheme: Parse<string> = (value) => {
  const scheme = typeof value === 'string' ? value.toLowerCase().replace(/:(\/\/)?$/, '') : '';
  if (!/^[a-z][a-z0-9+.-]{1,63}$/.test(scheme) || FOREIGN_SCHEMES.has(scheme)) {
    throw new Unexpected('schemes of apps such as "myapp"');
  }
  return scheme;
};

/** An address that a browser may be sent to, compared as a whole: absolute, without credentials and fragment. */
export const redirectAddress: Parse<string> = (value) => {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  const isForeign = url && !/^https?:$/.test(url.protocol) && FOREIGN_SCHEMES.has(url.protocol.slice(0, -1));
  if (!url || isForeign || url.hash || url.username || url.password) {
    throw new Unexpected('addresses such as "https://app.example.com/welcome"');
  }
  return String(value);
};

const FOREIGN_SCHEMES = new Set([
  ...['about', 'blob', 'chrome', 'data', 'file', 'filesystem', 'ftp', 'http', 'https', 'javascript'],
  ...['mailto', 'resource', 'vbscript', 'view-source', 'ws', 'wss'],
]);

/** An IP address or a range (`10.0.0.0/8`). */
export const addressRange: Parse<string> = (value) => {
  const given = String(value);
  try {
    createClientIp({ proxies: [given] });
  } catch {
    throw new Unexpected('IP addresses or ranges such as "10.0.0.0/8"');
  }
  return given;
};

function listWords(words: readonly string[]): string {
  const quoted = words.map((word) => `"${word}"`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}`;
}
