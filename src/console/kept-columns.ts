import type { Collection, Field } from '../core/index.ts';
import { readCookie, writeCookie } from '../http/cookie.ts';

const YEAR = 365 * 24 * 3600;
/** Characters of the cookie: browsers keep 4096 with its name. The choices that were made first go first. */
const LONGEST = 3000;
/** What is written of collections and fields: their ids, which stay when they are renamed. */
const ID = /^\w{1,64}$/;

/** The columns that somebody chose for a collection in this browser; none = as usual. Fields that are gone are left out. */
export function readKeptColumns(
  { headers }: Request,
  { id, fields }: Collection,
  isSecure: boolean,
): readonly Field[] {
  const kept = readAll(headers, isSecure).find(([collection]) => collection === id);
  const ids = new Set(kept?.slice(1));
  return fields.filter((field) => ids.has(field.id));
}

/** The cookie that keeps another choice beside those for other collections; no fields = as usual again. */
export function keptColumnsCookie(
  { headers }: Request,
  { id }: Collection,
  fields: readonly Field[],
  isSecure: boolean,
): string {
  const others = readAll(headers, isSecure).filter(([collection]) => collection !== id);
  const ids = [id, ...fields.map((field) => field.id)].filter((one) => ID.test(one));
  const all = ids[0] === id && ids.length > 1 ? [ids, ...others] : others;
  const texts = all.map((each) => each.join('.'));
  while (texts.join('-').length > LONGEST) texts.pop();
  return writeCookie(cookieName(isSecure), texts.join('-'), {
    ...{ maxAge: texts.length === 0 ? 0 : YEAR, sameSite: 'Strict', secure: isSecure },
  });
}

/** For each collection its id and those of the fields. */
function readAll(headers: Headers, isSecure: boolean): readonly (readonly string[])[] {
  const text = readCookie(headers.get('cookie'), cookieName(isSecure)) ?? '';
  return text
    .slice(0, LONGEST)
    .split('-')
    .map((part) => part.split('.').filter((one) => ID.test(one)))
    .filter(({ length }) => length > 1);
}

function cookieName(isSecure: boolean): string {
  return isSecure ? '__Host-dossier-columns' : 'dossier-columns';
}
