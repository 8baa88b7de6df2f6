/**
 * Keeps what is typed in it while an answer of the server is on its way, which was asked for before and takes the place of the
 * fields: `[hx-get]` fields ask when they change, forms when they are sent.
 */
class TypedValues extends HTMLElement {
  #typed = new Map();
  #isBack = false;

  connectedCallback() {
    // What is asked for now knows all that was typed before.
    this.addEventListener('submit', () => this.#typed.clear());
    this.addEventListener('change', ({ target }) => {
      if (target.matches('[hx-get]')) this.#typed.clear();
    });
    this.addEventListener('input', ({ target }) => {
      if (!this.#isBack && target.id && !target.matches('[hx-get]')) this.#typed.set(target.id, target.value);
    });
    new MutationObserver(() => this.#putBack()).observe(this, { childList: true, subtree: true });
  }

  #putBack() {
    this.#isBack = true;
    for (const [id, value] of this.#typed) {
      const field = document.getElementById(id);
      if (field === null || !this.contains(field) || field.type === 'checkbox' || field.value === value)
        continue;
      // Of another list, the server knows better.
      if (field.options && ![...field.options].some((option) => option.value === value)) continue;
      field.value = value;
      field.dispatchEvent(new Event('input', { bubbles: true }));
    }
    this.#isBack = false;
  }
}

customElements.define('typed-values', TypedValues);
