import { say } from './toast-messages.js';

/**
 * Lets single cells of the table inside be changed where they are: those with a link to their editor (`a.edit`). Arrow keys
 * move between these links, of which one can be reached by Tab. Enter, F2 or a double click fetch the editor; there Enter saves
 * (in a box of several lines Shift and Enter begin a new one), Escape leaves it, and Tab saves and goes on to the next cell.
 * `data-field` of a heading names its column; `lost` is said when the server is not reached. Without script the links lead on.
 */
class EditCells extends HTMLElement {
  #cell;
  #isBusy = false;

  connectedCallback() {
    this.#rove(this.querySelector('a.edit'));
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
    if (this.#cell && !(await this.#save(this.#cell, 0))) return;
    const found = cellAt(this, place);
    const link = found?.querySelector('a.edit');
    const answer = link && (await this.#ask(link.href));
    if (!answer?.ok) return link?.focus();
    this.#show(found, await answer.text());
  }

  #show(cell, markup) {
    const old = cell.querySelector('form.cell-editor');
    const template = document.createElement('template');
    template.innerHTML = markup;
    const form = template.content.querySelector('form');
    if (!form) return;
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

  /** Whether it was accepted. `step`: the cell to go on to, by the order of reading; undefined to stay, 0 to go nowhere. */
  async #save(cell, step) {
    const form = cell?.querySelector('form.cell-editor');
    if (!form || this.#isBusy) return false;
    const body = new URLSearchParams(new FormData(form));
    const columns = this.querySelectorAll('thead th[data-field]');
    for (const { dataset } of columns) body.append('column', dataset.field);
    this.#isBusy = true;
    form.setAttribute('aria-busy', 'true');
    const answer = await this.#ask(form.action, { method: 'POST', body });
    this.#isBusy = false;
    form.removeAttribute('aria-busy');
    if (!answer) return false;
    const text = await answer.text();
    if (!answer.ok) {
      if ([409, 422].includes(answer.status)) this.#show(cell, text);
      else say(this.getAttribute('lost') ?? '');
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
    this.#cell = undefined;
    cell.querySelector('form.cell-editor')?.remove();
    cell.classList.remove('editing');
    for (const [index, old] of [...row.cells].entries()) {
      const next = fresh?.cells[index];
      if (!next || old.matches('.pick')) continue;
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
  async #ask(path, options = {}) {
    const headers = {
      'HX-Request': 'true',
      'HX-Request-Type': 'partial',
      'HX-Current-URL': location.href,
    };
    try {
      const answer = await fetch(path, { ...options, headers });
      const elsewhere = answer.headers.get('hx-redirect');
      if (elsewhere === null) return answer;
      location.assign(elsewhere);
    } catch {
      say(this.getAttribute('lost') ?? '');
    }
    return undefined;
  }
}

customElements.define('edit-cells', EditCells);

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
