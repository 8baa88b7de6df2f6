/** Markup that an editor holds: nothing else is ever made of what is stored or pasted (SECURITY-REQUIREMENTS 8.4). */
const TAGS = new Set('P BR HR H1 H2 H3 H4 H5 H6 B STRONG I EM U S UL OL LI BLOCKQUOTE PRE CODE A'.split(' '));
const LINK = ['href', 'title', 'target', 'rel'];
/** Elements of which not even the text is meant to be read. */
const SILENT = new Set('SCRIPT STYLE TEMPLATE TITLE NOSCRIPT IFRAME OBJECT TEXTAREA SELECT HEAD'.split(' '));
const BLOCKS = 'p, h1, h2, h3, h4, h5, h6, ul, ol, blockquote, pre, div, hr, li';
/** Elements within which no block can stand. */
const FLAT = new Set('P H1 H2 H3 H4 H5 H6 PRE'.split(' '));
/** Characters that are pasted, beyond which nothing is spared. */
const LONGEST_PLAIN = 50_000;
const XHTML = 'http://www.w3.org/1999/xhtml';

/** Whether a link leads to the web, to a mailbox, or to a place of the same site, as browsers read it. */
export function isGoodLink(address) {
  const base = document.baseURI;
  return URL.canParse(address, base) && /^(?:https?|mailto):$/.test(new URL(address, base).protocol);
}

/**
 * What of some markup would be lost if it was edited, in words; nothing for what an editor holds whole. The text is looked at
 * before any parser sees it, as parsers drop much without a word.
 */
export function beyondOf(markup) {
  const beyond = new Set();
  const written = new Map();
  if (markup.includes('\0')) beyond.add('U+0000');
  for (const [whole, name] of markup.matchAll(/<(?:[!?]|\/(?![a-z])|\/?([a-z][^\s/>]*))/gi)) {
    const tag = name?.toUpperCase();
    if (!TAGS.has(tag)) beyond.add(name === undefined ? '<!-- -->' : `<${name.toLowerCase().slice(0, 20)}>`);
    else if (!whole.startsWith('</')) written.set(tag, (written.get(tag) ?? 0) + 1);
  }
  // Such an attribute would be held against our policy by the parser itself.
  if (/[\s/"']style\s*=/i.test(markup)) beyond.add('style');
  if (beyond.size > 0) return [...beyond];
  const elements = [...parse(markup).querySelectorAll('*')];
  for (const { tagName } of elements) written.set(tagName, (written.get(tagName) ?? 0) - 1);
  for (const [tag, left] of written) if (left !== 0) beyond.add(`<${tag.toLowerCase()}>`);
  for (const element of elements) {
    for (const { name, value } of element.attributes) {
      if (!isHeld(element, name, value)) beyond.add(name === 'href' ? `href="${value.slice(0, 40)}"` : name);
    }
  }
  return [...beyond];
}

/**
 * Pasted markup without most of what would not be held. This is no defence: it only spares what the parser itself would hold
 * against our policy, though it neither runs nor applies it.
 */
export function plainOf(markup) {
  // Its patterns take time by the square of the length.
  if (markup.length > LONGEST_PLAIN) return markup;
  return markup
    .replaceAll(/<!--.*?-->|<(script|style|template|title|noscript|svg|math|head)\b.*?<\/\1\s*>/gis, '')
    .replaceAll(/<(\/?)([a-z][^\s/>]*)(?=[\s/>])((?:"[^"]*"|'[^']*'|[^>"'])*)>/gi, (_, end, name, rest) => {
      const tag = name.toUpperCase() === 'DIV' ? 'p' : name;
      if (!TAGS.has(tag.toUpperCase())) return '';
      const held = rest.matchAll(/\s(?:href|title)\s*=\s*(?:"[^"]*"|'[^']*')/gi);
      return `<${end}${tag}${end === '' && tag.toLowerCase() === 'a' ? [...held].join('') : ''}>`;
    });
}

/** Markup as nodes of this page: elements of the list, made anew, and text. */
export function nodesOf(markup) {
  return rebuilt(parse(markup));
}

/** What an editor shows, as markup; '' where there is nothing in it. */
export function markupOf(editor) {
  const box = document.createElement('div');
  box.append(rebuilt(editor));
  return box.textContent.trim() === '' && !box.querySelector('hr') ? '' : box.innerHTML;
}

/** In a document of its own, which runs nothing and loads nothing. */
function parse(markup) {
  return new DOMParser().parseFromString(`<!doctype html><body>${markup}`, 'text/html').body;
}

function isHeld(element, name, value) {
  return element.tagName === 'A' && LINK.includes(name) && (name !== 'href' || isGoodLink(value));
}

function rebuilt(parent) {
  const made = document.createDocumentFragment();
  for (const node of parent.childNodes) {
    if (node.nodeType === Node.TEXT_NODE) made.append(node.data);
    if (node.nodeType !== Node.ELEMENT_NODE || node.namespaceURI !== XHTML || SILENT.has(node.tagName))
      continue;
    // Browsers make lines of their own while one types, and lists within paragraphs.
    const tag = node.tagName === 'DIV' ? 'P' : node.tagName;
    if (FLAT.has(tag) && node.querySelector(BLOCKS)) {
      made.append(...linesOf(rebuilt(node)));
      continue;
    }
    if (!TAGS.has(tag)) {
      made.append(rebuilt(node));
      continue;
    }
    const element = document.createElement(tag);
    for (const { name, value } of node.attributes) {
      if (isHeld(node, name, value)) element.setAttribute(name, value);
    }
    element.append(rebuilt(node));
    made.append(element);
  }
  return made;
}

/** Blocks as they are; what stands between them as paragraphs. */
function linesOf(fragment) {
  const lines = [];
  let open;
  for (const node of [...fragment.childNodes]) {
    const isBlock = node.nodeType === Node.ELEMENT_NODE && node.matches(BLOCKS);
    if (!isBlock && open === undefined) {
      open = document.createElement('p');
      lines.push(open);
    }
    if (isBlock) {
      open = undefined;
      lines.push(node);
    } else open.append(node);
  }
  return lines;
}
