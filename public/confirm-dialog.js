/**
 * Opens the `<dialog>` inside when its `[data-open]` link is used, and closes it by `[data-close]`. Its submit button works
 * once the text of the input's `data-typed` is typed.
 */
class ConfirmDialog extends HTMLElement {
  connectedCallback() {
    const dialog = this.querySelector('dialog');
    if (!dialog) return;
    if (dialog.open) {
      dialog.close();
      dialog.showModal();
    }
    this.querySelector('[data-open]')?.addEventListener('click', (event) => {
      event.preventDefault();
      dialog.showModal();
    });
    this.querySelector('[data-close]')?.addEventListener('click', (event) => {
      event.preventDefault();
      dialog.close();
    });
    const input = this.querySelector('input[data-typed]');
    const submit = this.querySelector('button[type=submit]');
    if (!input || !submit) return;
    const check = () => {
      submit.disabled = input.value.trim() !== input.dataset.typed;
    };
    input.addEventListener('input', check);
    check();
  }
}

customElements.define('confirm-dialog', ConfirmDialog);
