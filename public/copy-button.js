import { say } from './toast-messages.js';

/**
 * Makes a button that copies the text of the element whose id is in `for`. `label` and `done` are its words before and after.
 * There is nothing without script, or where the browser lets no page copy (plain HTTP to another machine): the text can be
 * marked by hand.
 */
class CopyButton extends HTMLElement {
  connectedCallback() {
    if (this.querySelector('button') || !navigator.clipboard) return;
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = this.getAttribute('label');
    button.addEventListener('click', async () => {
      const source = document.getElementById(this.getAttribute('for') ?? '');
      await navigator.clipboard.writeText(source?.textContent?.trim() ?? '');
      say(this.getAttribute('done') ?? '');
    });
    this.append(button);
  }
}

customElements.define('copy-button', CopyButton);
