import { beyondOf, isGoodLink, markupOf, nodesOf, plainOf } from './rich-markup.js';

/** The buttons: what they show, their key with Ctrl or ⌘, and what they do. */
const TOOLS = [
  { name: 'bold', sign: 'B', key: 'b', command: 'bold' },
  { name: 'italic', sign: 'I', key: 'i', command: 'italic' },
  { name: 'heading', sign: 'H', block: 'h2', on: 'h1, h2, h3, h4, h5, h6' },
  { name: 'list', sign: '•', command: 'insertUnorderedList', on: 'ul' },
  { name: 'numbers', sign: '1.', command: 'insertOrderedList', on: 'ol' },
  { name: 'quote', sign: '❝', block: 'blockquote', on: 'blockquote' },
  { name: 'code', sign: '</>', block: 'pre', on: 'pre' },
  { name: 'link', sign: '↗', key: 'k', on: 'a' },
  { name: 'clear', sign: 'T×' },
];

/**
 * An editor of the markup in the text area inside, which is what is sent. It is written only when something is changed, so that
 * what is stored stays as it is, byte for byte. What an editor would lose is shown as source. `data-words`: its words, as JSON.
 */
class RichText extends HTMLElement {
  #area;
  #words;
  #editor = document.createElement('div');
  #note = document.createElement('p');
  #buttons = new Map();
  #source;
  #link;
  #range;
  #selected = () => this.#press();

  connectedCallback() {
    document.addEventListener('selectionchange', this.#selected);
    if (this.#area || !this.querySelector('textarea')) return;
    this.#area = this.querySelector('textarea');
    this.#words = JSON.parse(this.dataset.words);
    this.#note.className = 'hint';
    this.#note.setAttribute('role', 'status');
    this.#link = this.#makeLink();
    this.#fitEditor();
    this.prepend(this.#makeToolbar(), this.#link, this.#note, this.#editor);
    this.#toEditor();
  }

  disconnectedCallback() {
    document.removeEventListener('selectionchange', this.#selected);
  }

  #fitEditor() {
    const editor = this.#editor;
    editor.className = 'rich';
    editor.contentEditable = 'true';
    editor.role = 'textbox';
    editor.ariaMultiLine = 'true';
    editor.ariaLabel = this.#words.label;
    for (const name of ['aria-describedby', 'aria-invalid', 'aria-required']) {
      if (this.#area.hasAttribute(name)) editor.setAttribute(name, this.#area.getAttribute(name));
    }
    for (const label of this.#area.labels) label.addEventListener('click', () => editor.focus());
    editor.addEventListener('input', () => {
      this.#area.value = markupOf(editor);
      this.#press();
    });
    // What is typed first would stand in no paragraph.
    editor.addEventListener('focus', () => {
      if (editor.firstChild) return;
      const first = document.createElement('p');
      first.append(document.createElement('br'));
      editor.append(first);
      document.getSelection().collapse(first, 0);
    });
    editor.addEventListener('keydown', (event) => this.#key(event));
    editor.addEventListener('paste', (event) => this.#take(event, event.clipboardData));
    editor.addEventListener('drop', (event) => this.#take(event, event.dataTransfer));
  }

  #makeToolbar() {
    const bar = document.createElement('div');
    bar.className = 'rich-tools';
    bar.role = 'toolbar';
    bar.ariaLabel = this.#words.toolbar;
    for (const tool of TOOLS) {
      const made = button(this.#words[tool.name], () => this.#use(tool), tool.sign);
      if (tool.key) {
        made.setAttribute('aria-keyshortcuts', `Control+${tool.key.toUpperCase()}`);
        made.title += ` (${tool.key.toUpperCase()})`;
      }
      this.#buttons.set(tool, made);
      bar.append(made);
    }
    this.#source = button(this.#words.source, () => this.#toggle());
    bar.append(this.#source);
    // The selection stays where it is.
    bar.addEventListener('mousedown', (event) => event.preventDefault());
    bar.addEventListener('keydown', (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      const all = [...bar.querySelectorAll('button:enabled')];
      all[(all.indexOf(document.activeElement) + by + all.length) % all.length].focus();
    });
    bar.addEventListener('focusin', ({ target }) => {
      for (const one of bar.children) one.tabIndex = one === target ? 0 : -1;
    });
    return bar;
  }

  #makeLink() {
    const row = document.createElement('div');
    row.className = 'rich-link toolbar';
    row.hidden = true;
    const label = document.createElement('label');
    label.className = 'field grow';
    const input = document.createElement('input');
    Object.assign(input, { type: 'text', inputMode: 'url', autocomplete: 'off' });
    label.append(this.#words.address, input);
    const set = () => this.#setLink(input.value.trim());
    row.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') this.#closeLink();
      if (event.key !== 'Enter' || event.target !== input) return;
      event.preventDefault();
      set();
    });
    row.append(
      label,
      button(this.#words.set, set),
      button(this.#words.remove, () => this.#setLink('')),
      button(this.#words.cancel, () => this.#closeLink()),
    );
    return row;
  }

  get #isSource() {
    return this.#editor.hidden;
  }

  /** Shows the editor, unless it would lose something: then the source, and why. */
  #toEditor() {
    const beyond = beyondOf(this.#area.value);
    const isWhole = beyond.length === 0;
    if (isWhole) this.#editor.replaceChildren(nodesOf(this.#area.value));
    const what = beyond.slice(0, 5).join(', ') + (beyond.length > 5 ? ' …' : '');
    this.#note.textContent = isWhole ? '' : this.#words.beyond.replace('{what}', () => what);
    this.#view(!isWhole);
  }

  #toggle() {
    if (this.#isSource) this.#toEditor();
    else this.#view(true);
    (this.#isSource ? this.#area : this.#editor).focus();
  }

  #view(isSource) {
    this.#editor.hidden = isSource;
    this.#area.hidden = !isSource;
    this.#link.hidden = true;
    this.#source.ariaPressed = String(isSource);
    const [first] = this.#buttons.values();
    for (const one of this.#buttons.values()) {
      one.disabled = isSource;
      one.tabIndex = one === first && !isSource ? 0 : -1;
    }
    this.#source.tabIndex = isSource ? 0 : -1;
    this.#press();
  }

  /** Tells by the buttons where the cursor is. */
  #press() {
    for (const [{ command, on }, one] of this.#buttons) {
      if (!command && !on) continue;
      const isHere = !this.#isSource && this.#isIn();
      one.ariaPressed = String(
        isHere && (on ? this.#around(on) !== null : document.queryCommandState(command)),
      );
    }
  }

  #isIn() {
    return this.#editor.contains(document.getSelection().anchorNode);
  }

  /** The element of a kind in which the cursor is. */
  #around(selector) {
    const { anchorNode } = document.getSelection();
    const element = anchorNode?.nodeType === Node.ELEMENT_NODE ? anchorNode : anchorNode?.parentElement;
    const found = element?.closest(selector) ?? null;
    return found !== this.#editor && this.#editor.contains(found) ? found : null;
  }

  #key(event) {
    const isOurs = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
    const tool = isOurs && TOOLS.find(({ key }) => key === event.key.toLowerCase());
    if (!tool) return;
    event.preventDefault();
    event.stopPropagation();
    this.#use(tool);
  }

  #use(tool) {
    if (!this.#isIn()) this.#editor.focus();
    run('defaultParagraphSeparator', 'p');
    if (tool.name === 'link') return this.#openLink();
    if (tool.name === 'clear') {
      run('removeFormat');
      run('unlink');
      if (!this.#around('ul, ol')) run('formatBlock', 'p');
    } else if (tool.block) {
      const held = this.#around(tool.on);
      if (held && tool.name === 'quote') run('outdent');
      run('formatBlock', held ? 'p' : tool.block);
    } else run(tool.command);
    this.#press();
  }

  #openLink() {
    const link = this.#around('a');
    const selection = document.getSelection();
    if (link) selection.selectAllChildren(link);
    this.#range = selection.getRangeAt(0).cloneRange();
    this.#link.hidden = false;
    const input = this.#link.querySelector('input');
    input.value = link?.getAttribute('href') ?? '';
    input.focus();
  }

  #closeLink() {
    this.#link.hidden = true;
    this.#note.textContent = '';
    this.#editor.focus();
    const selection = document.getSelection();
    selection.removeAllRanges();
    if (this.#range) selection.addRange(this.#range);
  }

  #setLink(address) {
    if (address !== '' && !isGoodLink(address)) {
      this.#note.textContent = this.#words.badAddress;
      return;
    }
    this.#closeLink();
    if (address === '') run('unlink');
    else if (document.getSelection().isCollapsed) {
      const link = document.createElement('a');
      link.setAttribute('href', address);
      link.textContent = address;
      run('insertHTML', link.outerHTML);
    } else run('createLink', address);
  }

  /** What is pasted or dropped, without what an editor does not hold. */
  #take(event, data) {
    event.preventDefault();
    const markup = data.getData('text/html');
    const box = document.createElement('div');
    box.append(nodesOf(plainOf(markup)));
    if (box.textContent.trim() !== '') run('insertHTML', box.innerHTML);
    else run('insertText', data.getData('text/plain'));
  }
}

function run(command, value) {
  document.execCommand(command, false, value);
}

function button(text, act, sign) {
  const made = document.createElement('button');
  made.type = 'button';
  if (sign === undefined) made.textContent = text;
  else {
    made.ariaLabel = text;
    made.title = text;
    made.dataset.sign = sign;
  }
  made.addEventListener('click', act);
  return made;
}

customElements.define('rich-text', RichText);
