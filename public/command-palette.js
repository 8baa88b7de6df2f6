import { recentPlaces, rememberPlace } from './recent-places.js';

/**
 * Opens the page of the link inside as a dialog, also by Ctrl+K or ⌘K; `close` is the word of the button that closes it. Where
 * the page itself is open, its first field gets the focus instead. The last pages of the tab, of the kind `recent`, come first in
 * it. With `help`, the key ? leads there.
 */
class CommandPalette extends HTMLElement {
  #dialog;
  #opening = false;

  connectedCallback() {
    this.querySelector('a')?.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.#open();
    });
    rememberPlace();
    document.addEventListener('keydown', (event) => {
      const help = this.getAttribute('help');
      const isTyping = event.target.closest?.('input, textarea, select, [contenteditable]');
      if (help && event.key === '?' && !isTyping && !document.querySelector('dialog[open]')) {
        return location.assign(help);
      }
      const isOurs = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
      if (!isOurs || event.key.toLowerCase() !== 'k') return;
      event.preventDefault();
      if (this.#dialog?.open) this.#dialog.close();
      else this.#open();
    });
  }

  async #open() {
    const link = this.querySelector('a');
    if (this.#opening || !link) return;
    const here = document.querySelector('main jump-list input');
    if (here) return here.focus();
    this.#opening = true;
    const headers = { 'HX-Request': 'true', 'HX-Request-Type': 'partial' };
    const answer = await fetch(link.href, { headers }).catch(() => null);
    this.#opening = false;
    if (!answer?.ok || answer.headers.has('hx-redirect')) return location.assign(link.href);
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    this.#offerRecent(page);
    this.#dialog ??= this.#make();
    this.#dialog.replaceChildren(...page.body.children, this.#closer());
    // Other dialogs would stay above it.
    for (const other of document.querySelectorAll('dialog[open]')) other.close();
    this.#dialog.showModal();
    this.#dialog.querySelector('input')?.focus();
  }

  /** On top of the list of pages, each in the form of what is there. */
  #offerRecent(page) {
    const list = page.querySelector('jump-list ul');
    const sample = list?.querySelector('li');
    if (!sample) return;
    const offered = recentPlaces().map(({ title, path }) => {
      const row = sample.cloneNode(true);
      const [name, kind] = row.querySelectorAll('span');
      row.querySelector('a').setAttribute('href', path);
      name.textContent = title;
      kind.textContent = this.getAttribute('recent');
      return row;
    });
    list.prepend(...offered);
  }

  #make() {
    const dialog = document.createElement('dialog');
    dialog.setAttribute('aria-label', this.getAttribute('label') ?? '');
    dialog.addEventListener('click', (event) => {
      if (event.target === dialog || event.target.closest('a')) dialog.close();
    });
    dialog.addEventListener('close', () => dialog.replaceChildren());
    this.append(dialog);
    return dialog;
  }

  #closer() {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = this.getAttribute('close');
    button.addEventListener('click', () => this.#dialog.close());
    const foot = document.createElement('p');
    foot.className = 'dialog-foot';
    foot.append(button);
    return foot;
  }
}

customElements.define('command-palette', CommandPalette);
