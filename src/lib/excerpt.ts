import { codePointLength, truncateCodePoints } from './text.ts';

const excluded = new Set(
  (
    'head style script iframe embed applet object svg img picture dialog template button form textarea input select ' +
    'option title noscript'
  ).split(' '),
);
const empty = new Set(['embed', 'img', 'input']);
/** Elements whose content is text up to their end tag, whatever it looks like. */
const raw = new Set(['style', 'script', 'iframe', 'textarea', 'title', 'noscript']);
const inline = new Set(
  'a abbr acronym b bdo big br button cite code em i label q small span strong strike sub sup time'.split(
    ' ',
  ),
);

const named = new Map<string, string>(
  Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    ndash: '–',
    mdash: '—',
    lsquo: '‘',
    rsquo: '’',
    sbquo: '‚',
    ldquo: '“',
    rdquo: '”',
    bdquo: '„',
    bull: '•',
    hellip: '…',
    euro: '€',
    trade: '™',
    OElig: 'Œ',
    oelig: 'œ',
    Scaron: 'Š',
    scaron: 'š',
    Yuml: 'Ÿ',
    zwnj: '\u200c',
    zwj: '\u200d',
  }),
);
/** The names of U+00A0..U+00FF, in order (HTML 4, Latin-1). */
const LATIN1 =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro ' +
  'para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil ' +
  'Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave ' +
  'Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml ' +
  'igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute ' +
  'thorn yuml';
for (const [at, name] of LATIN1.split(' ').entries()) named.set(name, String.fromCharCode(0xa0 + at));

/**
 * Plain text from HTML, for previews (specs/pocketbase.md 1.6): elements that show no text are dropped, a space stands
 * between blocks, white space is collapsed, and the result is cut to `max` code points, followed by `...` when
 * `ellipsis` is set and something was cut. The result is text, not safe HTML. Takes linear time and stops early.
 */
export function excerpt(html: string, max: number, ellipsis = false): string {
  const text = collapse(html, (max + 2) * 2).trim();
  if (text.length <= max || codePointLength(text) <= max) return text;
  return truncateCodePoints(text, max).trim() + (ellipsis ? '...' : '');
}

/** Shown text with white space collapsed; may stop after `enough` UTF-16 units. */
function collapse(html: string, enough: number): string {
  let out = '';
  let spaced = true;

  function addText(text: string): void {
    const collapsed = decode(text).replace(/[\t\n\f\r ]+/g, ' ');
    const fresh = spaced && collapsed.startsWith(' ') ? collapsed.slice(1) : collapsed;
    if (fresh === '') return;
    out += fresh;
    spaced = fresh.endsWith(' ');
  }

  let skipping = '';
  let depth = 0;
  let at = 0;
  while (at < html.length && out.length <= enough) {
    const open = html.indexOf('<', at);
    const textEnd = open === -1 ? html.length : open;
    if (textEnd > at && skipping === '') addText(html.slice(at, textEnd));
    if (open === -1) break;
    const tag = readTag(html, open);
    at = tag.end;
    if (tag.kind === 'text') {
      if (skipping === '') addText('<');
    } else if (skipping !== '') {
      if (tag.name === skipping && tag.kind !== 'none') depth += tag.kind === 'open' ? 1 : -1;
      if (depth === 0) skipping = '';
    } else if (tag.kind === 'open' && excluded.has(tag.name)) {
      if (raw.has(tag.name)) at = afterRaw(html, at, tag.name);
      else if (!empty.has(tag.name) && !(tag.name === 'svg' && html[at - 2] === '/')) {
        skipping = tag.name;
        depth = 1;
      }
    } else if (tag.kind !== 'none' && !inline.has(tag.name) && !excluded.has(tag.name) && !spaced) {
      out += ' ';
      spaced = true;
    }
  }
  return out;
}

/** A tag, something that shows nothing (comment, declaration), or a `<` that is just text. */
interface Tag {
  readonly kind: 'open' | 'close' | 'none' | 'text';
  readonly name: string;
  readonly end: number;
}

const TAG_NAME = /[A-Za-z][^\s/>]{0,63}/y;

function readTag(html: string, open: number): Tag {
  const next = html[open + 1] ?? '';
  if (next === '!' || next === '?') {
    const end = html.startsWith('<!--', open) ? after(html, '-->', open + 2) : after(html, '>', open);
    return { kind: 'none', name: '', end };
  }
  const close = next === '/';
  TAG_NAME.lastIndex = open + (close ? 2 : 1);
  const name = TAG_NAME.exec(html)?.[0];
  if (name === undefined) {
    return close
      ? { kind: 'none', name: '', end: after(html, '>', open) }
      : { kind: 'text', name: '', end: open + 1 };
  }
  return { kind: close ? 'close' : 'open', name: name.toLowerCase(), end: tagEnd(html, TAG_NAME.lastIndex) };
}

/** The place after a tag's `>`, where quoted attribute values may hold one. */
function tagEnd(html: string, from: number): number {
  let quote = '';
  for (let at = from; at < html.length; at++) {
    const char = html[at] ?? '';
    if (quote !== '') {
      if (char === quote) quote = '';
    } else if (char === '>') {
      return at + 1;
    } else if ((char === '"' || char === "'") && html[at - 1] === '=') {
      quote = char;
    }
  }
  return html.length;
}

function afterRaw(html: string, from: number, name: string): number {
  const end = new RegExp(`</${name}(?=[\\s/>])`, 'gi');
  end.lastIndex = from;
  const found = end.exec(html);
  return found ? after(html, '>', found.index) : html.length;
}

function after(html: string, mark: string, from: number): number {
  const found = html.indexOf(mark, from);
  return found === -1 ? html.length : found + mark.length;
}

function decode(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(
    /&(?:#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6})|([A-Za-z]{2,8}\d{0,2}));?/g,
    (whole, dec, hex, name) => {
      if (name !== undefined) return named.get(name) ?? whole;
      const code = dec === undefined ? Number.parseInt(hex, 16) : Number(dec);
      return code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)
        ? '\ufffd'
        : String.fromCodePoint(code);
    },
  );
}
