const NEXT = 'dossier-toast';
const SHOWN_MS = 6000;
/** There is something to be done in it. */
const OFFERED_MS = 30_000;

/** Takes messages away after a while, but not while they are pointed at or used. */
class ToastMessages extends HTMLElement {
  connectedCallback() {
    for (const message of this.children) this.#expire(message);
    new MutationObserver((changes) => {
      for (const { addedNodes } of changes) for (const node of addedNodes) this.#expire(node);
    }).observe(this, { childList: true });
    this.#showKept();
  }

  #showKept() {
    try {
      const text = sessionStorage.getItem(NEXT);
      sessionStorage.removeItem(NEXT);
      if (text) this.append(toast(text));
    } catch {
      // The browser keeps nothing for this page.
    }
  }

  #expire(message) {
    setTimeout(
      () => {
        if (this.matches(':hover, :focus-within')) this.#expire(message);
        else message.remove();
      },
      message.querySelector?.('form') ? OFFERED_MS : SHOWN_MS,
    );
  }
}

customElements.define('toast-messages', ToastMessages);

/** Shows a short message; screen readers tell it. */
export function say(text) {
  document.getElementById('toasts')?.append(toast(text));
}

/** Has the next page of this tab show a short message. */
export function sayNext(text) {
  try {
    sessionStorage.setItem(NEXT, text);
  } catch {
    // The browser keeps nothing for this page.
  }
}

function toast(text) {
  const message = document.createElement('p');
  message.className = 'toast';
  message.textContent = text;
  return message;
}
