const WAIT_MS = 200;
const TOKEN =
  /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null|[{}[\],:]/gy;
const BLANKS = /[ \t\r\n]*/y;

/**
 * Checks the JSON in the text area inside while it is typed and says where it is wrong; `[data-format]` puts it in order, digit
 * for digit. Tab indents; after Escape it leaves, as in any other field.
 */
class JsonEditor extends HTMLElement {
  connectedCallback() {
    const area = this.querySelector('textarea');
    const status = this.querySelector('[data-check]');
    if (!area || !status) return;
    let timer;
    let isLeaving = false;
    const check = () => {
      const at = area.value.trim() === '' ? -1 : faultOf(area.value);
      status.classList.toggle('error', at >= 0);
      if (at < 0) status.textContent = area.value.trim() === '' ? '' : this.dataset.good;
      else {
        const lines = area.value.slice(0, at).split('\n');
        const column = lines.at(-1).length + 1;
        status.textContent = this.dataset.fault.replace('{line}', lines.length).replace('{column}', column);
      }
    };
    area.addEventListener('input', () => {
      clearTimeout(timer);
      timer = setTimeout(check, WAIT_MS);
    });
    area.addEventListener('blur', () => {
      isLeaving = false;
    });
    area.addEventListener('keydown', (event) => {
      if (event.key === 'Escape') isLeaving = true;
      else if (event.key !== 'Tab' && event.key !== 'Shift') isLeaving = false;
      if (event.key !== 'Tab' || isLeaving || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      if (event.shiftKey) outdent(area);
      else document.execCommand('insertText', false, '  ');
    });
    this.querySelector('[data-format]').addEventListener('click', () => {
      check();
      const text = formatted(area.value);
      if (text === undefined || text === area.value) return;
      area.focus();
      area.select();
      // So it can be undone by the browser's own keys.
      document.execCommand('insertText', false, text);
      area.setSelectionRange(0, 0);
    });
    if (area.value.trim() !== '') check();
  }
}

/** Takes two blanks from the start of the line. */
function outdent(area) {
  const { selectionStart: at, value } = area;
  const start = value.lastIndexOf('\n', at - 1) + 1;
  const blanks = /^ {0,2}/.exec(value.slice(start))[0].length;
  if (blanks === 0) return;
  area.setSelectionRange(start, start + blanks);
  document.execCommand('delete');
  area.setSelectionRange(Math.max(start, at - blanks), Math.max(start, at - blanks));
}

/** The parts of a text and where they begin; ends at what is none. */
function* tokensOf(text) {
  let at = 0;
  for (;;) {
    BLANKS.lastIndex = at;
    at += BLANKS.exec(text)[0].length;
    TOKEN.lastIndex = at;
    const token = at < text.length ? TOKEN.exec(text)?.[0] : undefined;
    yield { at, token };
    if (token === undefined) return;
    at += token.length;
  }
}

/** Where a text stops being JSON; -1 for one that is. Browsers tell it in words of their own, or not at all. */
function faultOf(text) {
  const open = [];
  let wants = 'value';
  for (const { at, token } of tokensOf(text)) {
    if (token === undefined) return wants === 'end' && at >= text.length ? -1 : at;
    const isClosing = token === '}' || token === ']';
    const mayClose =
      (token === '}' && open.at(-1) === '{' && (wants === 'first key' || wants === 'comma')) ||
      (token === ']' && open.at(-1) === '[' && (wants === 'first value' || wants === 'comma'));
    if (isClosing ? !mayClose : !fits(token, wants)) return at;
    if (isClosing) open.pop();
    if (token === '{' || token === '[') {
      open.push(token);
      wants = token === '{' ? 'first key' : 'first value';
    } else if (token === ',') wants = open.at(-1) === '{' ? 'key' : 'value';
    else if (token === ':') wants = 'value';
    else if (!isClosing && (wants === 'key' || wants === 'first key')) wants = 'colon';
    else wants = open.length === 0 ? 'end' : 'comma';
  }
  return -1;
}

function fits(token, wants) {
  switch (wants) {
    case 'value':
    case 'first value':
      return token !== ',' && token !== ':';
    case 'key':
    case 'first key':
      return token.startsWith('"');
    case 'colon':
      return token === ':';
    case 'comma':
      return token === ',';
    default:
      return false;
  }
}

/** The same JSON, indented; undefined for what is none. */
function formatted(text) {
  if (faultOf(text) >= 0) return undefined;
  let made = '';
  let depth = 0;
  let last = '';
  const line = () => `\n${'  '.repeat(depth)}`;
  for (const { token } of tokensOf(text)) {
    if (token === undefined) break;
    if (token === '}' || token === ']') {
      depth--;
      made += last === '{' || last === '[' ? token : line() + token;
    } else {
      if (last === '{' || last === '[' || last === ',') made += line();
      made += token === ':' ? ': ' : token;
    }
    if (token === '{' || token === '[') depth++;
    last = token;
  }
  return made;
}

customElements.define('json-editor', JsonEditor);
