import { type Place, SqlProblem, shown } from './problem.ts';

/** What the classes of SQLite's REGEXP in TrailBase hold: all of Unicode, while the core's hold ASCII. */
const CLASSES: Readonly<Record<string, { readonly set: string; readonly opposite: string | undefined }>> = {
  d: { set: '\\p{Nd}', opposite: '\\P{Nd}' },
  s: { set: '\\p{White_Space}', opposite: '\\P{White_Space}' },
  // The opposite of several classes is none of them, which cannot stand among others.
  w: { set: '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\p{Join_Control}', opposite: undefined },
};

/** What the one engine reads as something else than the other. */
const OTHERS: ReadonlyMap<string, string> = new Map([
  ['b', 'a word boundary'],
  ['B', 'a word boundary'],
  ['<', 'a word boundary'],
  ['>', 'a word boundary'],
]);

/**
 * A pattern of TrailBase's REGEXP, which has the syntax of Rust's regex crate, as one that the core searches for in the same
 * texts. Whether the core knows all the rest of it is for the core to say.
 *
 * @throws SqlProblem for what the core would read as something else
 */
export function readRustPattern(pattern: string, at: Place): string {
  let read = '';
  let isInClass = false;
  for (let rest = pattern; rest !== ''; ) {
    const [token = ''] = /^(?:\\[\s\S]|\[\^?\]?|&&|--|~~|[\s\S])/u.exec(rest) ?? [];
    rest = rest.slice(token.length);
    if (token.startsWith('\\')) read += escapedPart(token.slice(1), isInClass, at);
    else if (isInClass && (token.startsWith('[') || /^(?:&&|--|~~)$/.test(token)))
      throw refused(at, `${shown(token)} within a class`);
    else {
      read += token;
      if (token.startsWith('[')) isInClass = true;
      else if (token === ']') isInClass = false;
    }
  }
  return read;
}

function escapedPart(char: string, isInClass: boolean, at: Place): string {
  const other = OTHERS.get(char);
  if (other !== undefined) throw refused(at, other);
  const known = Object.hasOwn(CLASSES, char.toLowerCase()) ? CLASSES[char.toLowerCase()] : undefined;
  if (known === undefined) return `\\${char}`;
  const isOpposite = char !== char.toLowerCase();
  if (!isOpposite) return isInClass ? known.set : `[${known.set}]`;
  if (!isInClass) return `[^${known.set}]`;
  if (known.opposite === undefined) throw refused(at, `"\\${char}" within a class`);
  return known.opposite;
}

function refused(at: Place, what: string): SqlProblem {
  return new SqlProblem(at, `${what} is not supported in a REGEXP.`);
}
