import { say } from './toast-messages.js';

/** Signing out forgets it, as it does with the drafts of forms. */
const KEPT = 'draft cell';

/**
 * Lets single cells of the table inside be changed where they are: those with a link to their editor (`a.edit`). Arrow keys
 * move between these links, of which one can be reached by Tab. Enter, F2 or a double click fetch the editor; there Enter saves
 * (in a box of several lines Shift and Enter begin a new one), Escape leaves it, and Tab saves and goes on to the next cell.
 * `data-field` of a heading names its column; `lost` is said when the server is not reached. Without script the links lead on.
 */
class EditCells extends HTMLElement {
  #cell;
  #isBusy = false;
  /** Counts what was asked to be opened: only the last is. */
  #turn = 0;

  connectedCallback() {
    this.#rove(this.querySelector('a.edit'));
    this.#bringBack();
    this.addEventListener('focusin', ({ target }) => target.matches('a.edit') && this.#rove(target));
    this.addEventListener('click', (event) => this.#click(event));
    this.addEventListener('dblclick', (event) => this.#doubleClick(event));
    this.addEventListener('keydown', (event) => this.#press(event));
    this.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#save(this.#cell);
    });
  }

  /** Only one link of the table is on the way of Tab. */
  #rove(link) {
    if (!link) return;
    for (const other of this.querySelectorAll('a.edit')) other.tabIndex = other === link ? 0 : -1;
  }

  #click(event) {
    if (event.target.closest('[data-cancel]')) return this.#leave();
    const link = event.target.closest('a.edit');
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey;
    if (!link || !isPlain) return;
    event.preventDefault();
    this.#open(link.closest('td'));
  }

  #doubleClick(event) {
    const cell = event.target.closest('td');
    if (!cell?.querySelector('a.edit') || event.target.closest('a[href]:not(.edit), form')) return;
    event.preventDefault();
    getSelection()?.removeAllRanges();
    this.#open(cell);
  }

  #press(event) {
    if (event.target.matches('a.edit')) return this.#pressOnLink(event);
    const form = event.target.closest('form.cell-editor');
    if (!form || event.isComposing) return;
    if (event.key === 'Escape') {
      event.preventDefault();
      this.#leave();
    } else if (event.key === 'Enter' && !event.shiftKey && event.target.matches('input, select, textarea')) {
      event.preventDefault();
      this.#save(this.#cell);
    } else if (event.key === 'Tab' && !event.ctrlKey && !event.altKey) {
      const inputs = [...form.querySelectorAll('input:not([type=hidden]), select, textarea')];
      if (event.target !== (event.shiftKey ? inputs[0] : inputs.at(-1))) return;
      event.preventDefault();
      this.#save(this.#cell, event.shiftKey ? -1 : 1);
    }
  }

  #pressOnLink(event) {
    const { key, target } = event;
    if (key === 'F2') {
      event.preventDefault();
      this.#open(target.closest('td'));
    } else if (key.toLowerCase() === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey) {
      const undo = [...document.querySelectorAll('#toasts form[data-undo]')].at(-1);
      if (!undo) return;
      event.preventDefault();
      undo.requestSubmit();
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey) {
      const next = neighbour(target, key);
      if (!next) return;
      event.preventDefault();
      next.focus();
      next.closest('td').scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
  }

  /** One cell at a time: what was typed in another is saved first, and stays open if it is not accepted. */
  async #open(cell) {
    if (!cell || cell === this.#cell) return;
    const place = placeOf(cell);
    const turn = ++this.#turn;
    if (this.#cell && !(await this.#save(this.#cell, 0))) return;
    const found = cellAt(this, place);
    const link = found?.querySelector('a.edit');
    const answer = link && (await this.#ask(link.href));
    const text = await answer?.text();
    if (turn !== this.#turn) return;
    if (answer?.ok) return this.#show(found, text);
    if (answer) say(wordsOf(text));
    link?.focus();
  }

  #show(cell, markup, typed = []) {
    const old = cell.querySelector('form.cell-editor');
    const template = document.createElement('template');
    template.innerHTML = markup;
    const form = template.content.querySelector('form');
    if (!form) return;
    if (typed.length > 0) fill(form, typed);
    if (old) old.replaceWith(form);
    else cell.append(form);
    cell.classList.add('editing');
    this.#cell = cell;
    const first =
      form.querySelector('[aria-invalid=true]') ??
      form.querySelector('input:checked, input:not([type=hidden]), select, textarea');
    first?.focus();
    if (first?.matches('input:not([type=checkbox], [type=radio], [type=datetime-local]), textarea'))
      first.select();
    form.scrollIntoView({ block: 'nearest', inline: 'nearest' });
  }

  #leave() {
    const cell = this.#cell;
    this.#cell = undefined;
    cell?.querySelector('form.cell-editor')?.remove();
    cell?.classList.remove('editing');
    cell?.querySelector('a.edit')?.focus();
  }

  /** Keeps what is typed in this tab while its admin signs in again. */
  #keep(form) {
    const pairs = [...new FormData(form)].filter(([name]) => name !== 'csrf');
    try {
      sessionStorage.setItem(KEPT, JSON.stringify({ path: form.getAttribute('action'), pairs }));
    } catch {
      // There is no room, or the browser keeps nothing.
    }
  }

  /** Opens the cell in which somebody had typed when their session ended; what it was then decides whether others changed it. */
  async #bringBack() {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '{}');
    const links = [...this.querySelectorAll('a.edit')];
    const cell = links.find(({ pathname }) => pathname === kept.path)?.closest('td');
    if (!cell) return;
    sessionStorage.removeItem(KEPT);
    const answer = await this.#ask(kept.path);
    if (answer?.ok) this.#show(cell, await answer.text(), kept.pairs);
  }

  /** Whether it was accepted. `step`: the cell to go on to, by the order of reading; undefined to stay, 0 to go nowhere. */
  async #save(cell, step) {
    const form = cell?.querySelector('form.cell-editor');
    if (!form || this.#isBusy) return false;
    const body = new URLSearchParams(new FormData(form));
    const columns = this.querySelectorAll('thead th[data-field]');
    for (const { dataset } of columns) body.append('column', dataset.field);
    const held = document.activeElement;
    this.#isBusy = true;
    form.setAttribute('aria-busy', 'true');
    // What is typed now would not be in what is saved.
    form.inert = true;
    const answer = await this.#ask(form.action, { method: 'POST', body }, () => this.#keep(form));
    const text = await answer?.text().catch(() => undefined);
    this.#isBusy = false;
    form.removeAttribute('aria-busy');
    form.inert = false;
    if (text === undefined || !answer.ok) {
      if (form.contains(held)) held.focus();
      if ([409, 422].includes(answer?.status)) this.#show(cell, text);
      else if (answer) say(wordsOf(text ?? '') || this.getAttribute('lost'));
      return false;
    }
    this.#take(cell, text);
    if (step === undefined) cellAt(this, placeOf(cell))?.querySelector('a.edit')?.focus();
    else if (step !== 0) this.#goOn(cell, step);
    return true;
  }

  /** Puts the row's new cells in the place of the old ones; its box stays as it is. */
  #take(cell, markup) {
    const template = document.createElement('template');
    template.innerHTML = markup;
    const fresh = template.content.querySelector('tr');
    const row = cell.parentElement;
    // The collection has other fields by now.
    if (fresh?.cells.length !== row.cells.length) return location.reload();
    this.#cell = undefined;
    cell.querySelector('form.cell-editor')?.remove();
    cell.classList.remove('editing');
    for (const [index, old] of [...row.cells].entries()) {
      const next = fresh.cells[index];
      if (old.matches('.pick')) continue;
      // Where the row stands in the grid is known to the old link alone.
      if (old.matches('th'))
        next.querySelector('a').setAttribute('href', old.querySelector('a').getAttribute('href'));
      old.replaceChildren(...next.childNodes);
      for (const link of old.querySelectorAll('a.edit')) link.tabIndex = -1;
    }
    const toast = template.content.querySelector('.toast');
    if (toast) document.getElementById('toasts')?.append(toast);
  }

  #goOn(cell, step) {
    const links = [...this.querySelectorAll('a.edit')];
    const next = links[links.indexOf(cell.querySelector('a.edit')) + step];
    if (next) this.#open(next.closest('td'));
    else cell.querySelector('a.edit')?.focus();
  }

  /** The answer; undefined once the browser goes elsewhere, to sign in or to the whole form, or nothing was reached. */
  async #ask(path, options = {}, leave = () => {}) {
    const headers = {
      'HX-Request': 'true',
      'HX-Request-Type': 'partial',
      'HX-Current-URL': location.href,
    };
    try {
      const answer = await fetch(path, { ...options, headers });
      const elsewhere = answer.headers.get('hx-redirect');
      if (elsewhere === null) return answer;
      if (elsewhere.startsWith('/_/login')) leave();
      location.assign(elsewhere);
    } catch {
      say(this.getAttribute('lost') ?? '');
    }
    return undefined;
  }
}

customElements.define('edit-cells', EditCells);

/** What an answer says that is no editor. */
function wordsOf(markup) {
  const page = new DOMParser().parseFromString(markup, 'text/html');
  return (page.querySelector('main') ?? page.body).textContent.trim();
}

/** Puts names and values into a form that is not in the page yet. */
function fill(form, pairs) {
  const typed = new Map();
  for (const [name, value] of pairs) typed.set(name, [...(typed.get(name) ?? []), value]);
  for (const control of form.elements) {
    if (control.name === 'csrf' || control.matches('button, fieldset')) continue;
    const values = typed.get(control.name) ?? [];
    if (control.matches('[type=checkbox], [type=radio]')) control.checked = values.includes(control.value);
    else if (values.length > 0) [control.value] = values;
    if (control.matches('input:not([type=checkbox], [type=radio])'))
      control.setAttribute('value', control.value);
  }
}

function placeOf(cell) {
  return { row: cell.parentElement.sectionRowIndex, column: cell.cellIndex };
}

function cellAt(element, { row, column }) {
  return element.querySelector('tbody')?.rows[row]?.cells[column];
}

/** The link that an arrow key leads to, over cells that cannot be changed. */
function neighbour(link, key) {
  const cell = link.closest('td');
  const row = cell.parentElement;
  const inRow = [...row.querySelectorAll('a.edit')];
  const at = (other) => other?.cells[cell.cellIndex]?.querySelector('a.edit');
  switch (key) {
    case 'ArrowLeft':
      return inRow[inRow.indexOf(link) - 1];
    case 'ArrowRight':
      return inRow[inRow.indexOf(link) + 1];
    case 'ArrowUp':
      return at(row.previousElementSibling);
    case 'ArrowDown':
      return at(row.nextElementSibling);
    case 'Home':
      return inRow[0];
    case 'End':
      return inRow.at(-1);
    default:
      return undefined;
  }
}
