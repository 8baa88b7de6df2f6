/**
 * A search box over a list of links that follows what is typed: the form inside asks for the page, of which the list and the
 * status are taken. Arrows choose a link, Enter takes it; screen readers tell the number of links and the chosen one.
 */
class JumpList extends HTMLElement {
  #input;
  #list;
  #status;
  #active = 0;
  #timer;
  #abort;

  connectedCallback() {
    this.#input = this.querySelector('input');
    this.#list = this.querySelector('ul');
    this.#status = this.querySelector('[role=status]');
    if (!this.#input || !this.#list || this.#input.role) return;
    this.#input.role = 'combobox';
    this.#input.setAttribute('aria-autocomplete', 'list');
    this.#input.setAttribute('aria-controls', this.#list.id);
    this.#input.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#ask(), 80);
    });
    this.#input.addEventListener('keydown', (event) => this.#press(event));
    this.#adorn();
  }

  get #links() {
    return [...this.#list.querySelectorAll('a')];
  }

  /** Makes options of the links. */
  #adorn() {
    const links = this.#links;
    this.#input.setAttribute('aria-expanded', String(links.length > 0));
    if (links.length > 0) this.#list.role = 'listbox';
    else this.#list.removeAttribute('role');
    for (const [index, link] of links.entries()) {
      link.parentElement.role = 'none';
      link.role = 'option';
      link.id = `${this.#list.id}-${index}`;
      link.tabIndex = -1;
    }
    this.#choose(0);
  }

  #choose(index) {
    const links = this.#links;
    this.#active = links.length === 0 ? 0 : (index + links.length) % links.length;
    for (const [place, link] of links.entries()) {
      link.setAttribute('aria-selected', String(place === this.#active));
    }
    const chosen = links[this.#active];
    if (chosen) this.#input.setAttribute('aria-activedescendant', chosen.id);
    else this.#input.removeAttribute('aria-activedescendant');
    chosen?.scrollIntoView({ block: 'nearest' });
  }

  async #press(event) {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      this.#choose(this.#active + (event.key === 'ArrowDown' ? 1 : -1));
    } else if (event.key === 'Enter') {
      event.preventDefault();
      if (this.#timer !== undefined) await this.#ask();
      this.#links[this.#active]?.click();
    }
  }

  async #ask() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    const form = this.querySelector('form');
    const query = new URLSearchParams(new FormData(form));
    const headers = { 'HX-Request': 'true', 'HX-Request-Type': 'partial' };
    const answer = await fetch(`${form.action}?${query}`, { headers, signal: abort.signal }).catch(
      () => null,
    );
    const elsewhere = answer?.headers.get('hx-redirect');
    if (elsewhere) return location.assign(elsewhere);
    if (!answer?.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    if (abort.signal.aborted) return;
    this.#list.replaceChildren(...page.querySelectorAll('jump-list ul > li'));
    this.#status.textContent = page.querySelector('jump-list [role=status]')?.textContent ?? '';
    this.#adorn();
  }
}

customElements.define('jump-list', JumpList);
