/**
 * Opens the page of the link inside as a dialog, also by Ctrl+K or ⌘K; `close` is the word of the button that closes it. Where
 * the page itself is open, its first field gets the focus instead.
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
    document.addEventListener('keydown', (event) => {
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
    this.#dialog ??= this.#make();
    this.#dialog.replaceChildren(...page.body.children, this.#closer());
    // Other dialogs would stay above it.
    for (const other of document.querySelectorAll('dialog[open]')) other.close();
    this.#dialog.showModal();
    this.#dialog.querySelector('input')?.focus();
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
