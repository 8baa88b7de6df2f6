import { toLogin } from './kept-draft.js';

const WAIT_MS = 200;

/**
 * Chooses records for a relation: what is typed in its search box is looked for at `data-path`, whose answer takes the place of
 * `.picker-lists`; chosen ones go to the others that are chosen. The button with `data-form` opens that form in a dialog, and the
 * record that is made in it is chosen. Without script the buttons send their form.
 */
class RecordPicker extends HTMLElement {
  #timer;
  #abort;
  #shown = '';

  connectedCallback() {
    this.#search?.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#shown = '';
      this.#timer = setTimeout(() => this.#ask(), WAIT_MS);
    });
    this.#search?.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || event.isComposing) return;
      event.preventDefault();
      this.#ask();
    });
    this.addEventListener('click', (event) => this.#press(event));
    this.addEventListener('change', ({ target }) => {
      if (target.type === 'checkbox' && target.checked && target.closest('.choices')) this.#ask(target.value);
    });
  }

  get #search() {
    return this.querySelector('input[type=search]');
  }

  get #name() {
    return `f.${this.dataset.field}`;
  }

  #press(event) {
    const button = event.target.closest('button');
    if (!button) return;
    if ('more' in button.dataset) {
      event.preventDefault();
      this.#shown = button.value;
      this.#ask(undefined, this.querySelectorAll('.choices input').length);
    } else if ('form' in button.dataset) {
      event.preventDefault();
      this.#make(button);
    }
  }

  /** The lists anew: with the focus on one record, or on one at a place. */
  async #ask(id, place) {
    clearTimeout(this.#timer);
    this.#abort?.abort();
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    const address = new URL(this.dataset.path, location.href);
    for (const { value } of this.querySelectorAll('.picker-lists input:checked')) {
      if (value !== '') address.searchParams.append(this.#name, value);
    }
    address.searchParams.set(`${this.#name}.find`, this.#search?.value ?? '');
    address.searchParams.set(`${this.#name}.shown`, this.#shown);
    const page = await fetchPart(address, signal);
    if (!page) return;
    const lists = this.querySelector('.picker-lists');
    lists.replaceChildren(...page.body.childNodes);
    const boxes = [...lists.querySelectorAll('input')];
    const at =
      boxes.find(({ value }) => value === id) ?? [...lists.querySelectorAll('.choices input')][place];
    if (id !== undefined || place !== undefined) at?.focus();
  }

  async #make(button) {
    const within = Number(this.closest('kept-draft')?.dataset.within ?? 0) + 1;
    const address = new URL(button.dataset.form, location.href);
    address.searchParams.set('within', within);
    const draft = (await fetchPart(address))?.querySelector('kept-draft');
    if (!draft) return;
    const dialog = document.createElement('dialog');
    dialog.className = 'form-dialog';
    const heading = document.createElement('h2');
    heading.textContent = draft.dataset.heading;
    heading.id = `form-dialog-${within}`;
    dialog.setAttribute('aria-labelledby', heading.id);
    dialog.append(heading, draft);
    document.body.append(dialog);
    dialog.addEventListener('click', (event) => {
      if (!event.target.closest('[data-cancel]')) return;
      event.preventDefault();
      dialog.close();
    });
    // The palette closes every other dialog, with what was typed.
    dialog.addEventListener('keydown', (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'k') event.stopPropagation();
    });
    // Escape would throw away what was typed.
    dialog.addEventListener('cancel', (event) => {
      if (event.target === dialog && draft.isChanged) event.preventDefault();
    });
    dialog.addEventListener('made', (event) => {
      event.preventDefault();
      dialog.close();
      this.#choose(decodeURIComponent(event.detail.split('/').at(-1)));
    });
    dialog.addEventListener('close', (event) => {
      if (event.target !== dialog) return;
      dialog.remove();
      button.focus();
    });
    dialog.showModal();
    dialog.querySelector('.field :is(input, textarea, select):not([type=hidden])')?.focus();
  }

  /** Chooses a record that no list holds yet. */
  async #choose(id) {
    const lists = this.querySelector('.picker-lists');
    const other = lists.querySelector('input[type=radio]:checked');
    if (other) other.checked = false;
    const box = document.createElement('input');
    Object.assign(box, { type: 'checkbox', name: this.#name, value: id, checked: true, hidden: true });
    lists.append(box);
    this.dispatchEvent(new Event('change', { bubbles: true }));
    await this.#ask(id);
  }
}

/** A part of a page; undefined where there is none, or the browser goes to sign in. */
async function fetchPart(address, signal) {
  const headers = { 'HX-Request': 'true', 'HX-Request-Type': 'partial' };
  const answer = await fetch(address, { headers, signal }).catch(() => null);
  const elsewhere = answer?.headers.get('hx-redirect');
  if (elsewhere) toLogin(elsewhere);
  if (elsewhere || !answer?.ok) return undefined;
  const text = await answer.text().catch(() => undefined);
  return text === undefined ? undefined : new DOMParser().parseFromString(text, 'text/html');
}

customElements.define('record-picker', RecordPicker);
