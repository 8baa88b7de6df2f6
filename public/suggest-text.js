const LONGEST = 6000;

/**
 * Suggests how the text of the `<textarea>` or `<input>` inside goes on: `src` answers `text` and `caret` with `{ from, to, items }`, of which
 * one takes the place of that stretch. Arrows choose, Enter takes, Escape closes. `label` names the list. While the element
 * `faults` says what is wrong, the text counts as invalid.
 */
class SuggestText extends HTMLElement {
  #field;
  #list;
  #found = { from: 0, to: 0, items: [] };
  #active = -1;
  #timer;
  #asking;

  connectedCallback() {
    this.#field = this.querySelector('textarea, input');
    if (!this.#field || this.#list) return;
    this.#list = document.createElement('ul');
    this.#list.id = `${this.#field.id}-suggestions`;
    this.#list.setAttribute('role', 'listbox');
    this.#list.setAttribute('aria-label', this.getAttribute('label') ?? '');
    this.#list.hidden = true;
    this.append(this.#list);
    this.#field.setAttribute('aria-autocomplete', 'list');
    this.#field.setAttribute('aria-controls', this.#list.id);
    this.#field.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#ask(), 120);
    });
    this.#field.addEventListener('keydown', (event) => this.#press(event));
    this.#field.addEventListener('blur', () => this.#close());
    this.#list.addEventListener('mousedown', (event) => {
      event.preventDefault();
      const option = event.target.closest('li');
      if (option) this.#take([...this.#list.children].indexOf(option));
    });
    const faults = document.getElementById(this.getAttribute('faults') ?? '');
    if (faults) new MutationObserver(() => this.#judge(faults)).observe(faults, { childList: true });
  }

  #judge(faults) {
    if (faults.children.length > 0) this.#field.setAttribute('aria-invalid', 'true');
    else this.#field.removeAttribute('aria-invalid');
  }

  async #ask() {
    const { value: text, selectionStart: caret } = this.#field;
    // An answer that nobody reads would keep one of the browser's few connections.
    this.#asking?.abort();
    if (text.length > LONGEST) return this.#close();
    const asking = new AbortController();
    this.#asking = asking;
    const query = new URLSearchParams({ text, caret });
    const options = { redirect: 'error', signal: asking.signal };
    const found = await fetch(`${this.getAttribute('src')}?${query}`, options)
      .then((answer) => answer.json())
      .catch(() => null);
    if (!found?.items || asking.signal.aborted || document.activeElement !== this.#field) return;
    this.#found = found;
    const { from, items } = found;
    const typed = text.slice(from, caret);
    if (items.length === 0 || (items.length === 1 && items[0].text === typed)) return this.#close();
    this.#show(typed === '' ? -1 : 0);
  }

  #show(active) {
    const options = this.#found.items.map(({ text, detail }, index) => {
      const option = document.createElement('li');
      option.id = `${this.#list.id}-${index}`;
      option.setAttribute('role', 'option');
      const name = document.createElement('code');
      name.textContent = text;
      const kind = document.createElement('span');
      kind.className = 'hint';
      kind.textContent = detail;
      option.append(name, kind);
      return option;
    });
    this.#list.replaceChildren(...options);
    this.#list.hidden = false;
    this.#choose(active);
  }

  #choose(index) {
    this.#active = index;
    [...this.#list.children].forEach((option, at) => {
      option.setAttribute('aria-selected', String(at === index));
      if (at === index) option.scrollIntoView({ block: 'nearest' });
    });
    if (index >= 0) this.#field.setAttribute('aria-activedescendant', `${this.#list.id}-${index}`);
    else this.#field.removeAttribute('aria-activedescendant');
  }

  #press(event) {
    if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault();
      this.#ask();
    }
    if (this.#list.hidden) return;
    const count = this.#found.items.length;
    if (event.key === 'ArrowDown') this.#choose((this.#active + 1) % count);
    else if (event.key === 'ArrowUp') this.#choose((Math.max(this.#active, 0) + count - 1) % count);
    else if (event.key === 'Enter' && this.#isMore()) this.#take(this.#active);
    else if (event.key === 'Escape') this.#close();
    else return;
    event.preventDefault();
  }

  /** Whether the chosen suggestion says more than what is typed; else Enter is the form's. */
  #isMore() {
    const { from, items } = this.#found;
    const { value, selectionStart } = this.#field;
    const item = items[this.#active];
    return item !== undefined && item.text !== value.slice(from, selectionStart);
  }

  #take(index) {
    const { from, to, items } = this.#found;
    const item = items[index];
    if (!item) return;
    this.#close();
    this.#field.setRangeText(item.text, from, to, 'end');
    this.#field.dispatchEvent(new Event('input', { bubbles: true }));
  }

  #close() {
    this.#asking?.abort();
    this.#list.hidden = true;
    this.#field.removeAttribute('aria-activedescendant');
  }
}

customElements.define('suggest-text', SuggestText);
