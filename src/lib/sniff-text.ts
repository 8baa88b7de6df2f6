/** What text turned out to be. */
export interface TextType {
  readonly type: string;
  readonly ext: string;
  /** False for plain text, which a magic number (RTF, vCard, …) may still refine. */
  readonly certain: boolean;
}

/** Bytes that no text has (WHATWG MIME Sniffing, "binary data byte"), except in UTF-16. */
const BINARY = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f]/;
/** XML declaration, comments, document type and white space before the first element. */
const PROLOGUE = /(?:\s+|<\?[^>]*>|<!--(?:(?!-->)[\s\S])*-->|<!DOCTYPE(?:[^>[]|\[[^\]]*\])*>)*/iy;
const HTML_START =
  /^<(?:!doctype\s+html|html|head|body|script|iframe|style|title|table|font|div|h1|br|a|b|p)(?=[\s>/])/i;

/**
 * What a file is when it is text: SVG, HTML, XML, JSON, JSON lines, CSV, TSV or plain; `undefined` when it holds bytes
 * that no text has. `head` is its start; `complete` says that it is all. Takes linear time.
 */
export function sniffText(head: Uint8Array, complete: boolean): TextType | undefined {
  const decoded = decode(head, complete);
  if (decoded === undefined) return undefined;
  const { text, charset } = decoded;
  return (
    markup(text, charset) ??
    json(text, complete) ??
    separated(text, complete) ?? { type: `text/plain; charset=${charset}`, ext: '.txt', certain: false }
  );
}

function decode(head: Uint8Array, complete: boolean): { text: string; charset: string } | undefined {
  if (head[0] === 0xff && head[1] === 0xfe) return { text: utf16(head, 'utf-16le'), charset: 'utf-16le' };
  if (head[0] === 0xfe && head[1] === 0xff) return { text: utf16(head, 'utf-16be'), charset: 'utf-16be' };
  const latin = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  if (BINARY.test(latin)) return undefined;
  try {
    // With `stream`, a character cut in two at the end of the head is no error.
    return {
      text: new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: !complete }),
      charset: 'utf-8',
    };
  } catch {
    return { text: latin, charset: /[\u0080-\u009f]/.test(latin) ? 'windows-1252' : 'iso-8859-1' };
  }
}

function utf16(head: Uint8Array, label: 'utf-16le' | 'utf-16be'): string {
  return new TextDecoder(label).decode(head);
}

function markup(text: string, charset: string): TextType | undefined {
  PROLOGUE.lastIndex = 0;
  const start = PROLOGUE.exec(text)?.[0].length ?? 0;
  const first = text.slice(start, start + 64);
  const isXml = /^\s*<\?xml[\s?]/.test(text.slice(0, 256));
  if (/^<(?:[\w-]{1,20}:)?svg(?=[\s>/])/i.test(first))
    return { type: 'image/svg+xml', ext: '.svg', certain: true };
  const html = { type: `text/html; charset=${charset}`, ext: '.html', certain: true };
  if (HTML_START.test(first) || HTML_START.test(text.trimStart().slice(0, 64))) return html;
  if (isXml) return { type: `text/xml; charset=${charset}`, ext: '.xml', certain: true };
  // A comment first, as browsers sniff it, is HTML too.
  return /^\s*<!--/.test(text.slice(0, 256)) ? html : undefined;
}

function json(text: string, complete: boolean): TextType | undefined {
  const start = text.search(/\S/);
  if (text[start] !== '{' && text[start] !== '[') return undefined;
  if (complete && parses(text)) return { type: 'application/json', ext: '.json', certain: true };
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  const whole = complete ? lines : lines.slice(0, -1);
  if (whole.length > 1 && whole.every((line) => line.trimStart().startsWith('{') && parses(line)))
    return { type: 'application/x-ndjson', ext: '.ndjson', certain: true };
  const plausible = /^(?:\{\s*"|\[\s*(?:[[{"\-\d]|true|false|null))/.test(text.slice(start, start + 256));
  return !complete && plausible ? { type: 'application/json', ext: '.json', certain: true } : undefined;
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function separated(text: string, complete: boolean): TextType | undefined {
  if (isTable(text, ',', complete)) return { type: 'text/csv', ext: '.csv', certain: false };
  if (isTable(text, '\t', complete))
    return { type: 'text/tab-separated-values', ext: '.tsv', certain: false };
  return undefined;
}

/** At least two rows, all of the same two or more cells (RFC 4180 quoting). */
function isTable(text: string, separator: string, complete: boolean): boolean {
  const firstSeparator = text.indexOf(separator);
  if (firstSeparator === -1 || !text.includes('\n')) return false;
  let columns = 0;
  let rows = 0;
  let cells = 1;
  let quoted = false;
  let blank = true;
  const last = text.length;
  for (let at = 0; at <= last; at++) {
    const char = at < last ? text[at] : '\n';
    if (at === last && (quoted || blank || !complete)) break;
    if (char === '"') {
      quoted = !quoted;
      blank = false;
    } else if (char === '\n' && !quoted) {
      if (!blank) {
        if (cells < 2 || (rows > 0 && cells !== columns)) return false;
        columns = cells;
        rows++;
      }
      cells = 1;
      blank = true;
    } else if (char !== '\r') {
      if (char === separator && !quoted) cells++;
      blank = false;
    }
  }
  return rows >= 2 && !(quoted && complete);
}
