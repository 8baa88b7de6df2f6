const PAUSE = 1000;

/**
 * Asks for this page again and again while the server is busy or away, shows what it says meanwhile, and loads the page once it
 * says something else. `data-away` is what is said while nobody answers.
 */
class ServerReturn extends HTMLElement {
  connectedCallback() {
    this.#timer = setTimeout(() => this.#look(), PAUSE);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  #timer;

  async #look() {
    try {
      const options = { cache: 'no-store', redirect: 'manual' };
      const answer = await fetch(location.href, { ...options, headers: { Accept: 'text/html' } });
      if (answer.type === 'opaqueredirect') return location.reload();
      if (answer.status === 503) this.#say(this.dataset.away);
      else {
        const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
        const again = page.querySelector('server-return');
        if (!again) return location.reload();
        this.#say(again.textContent);
      }
    } catch {
      this.#say(this.dataset.away);
    }
    this.#timer = setTimeout(() => this.#look(), PAUSE);
  }

  /** What is said twice would be read out twice. */
  #say(text) {
    if (this.textContent !== text) this.textContent = text;
  }
}

customElements.define('server-return', ServerReturn);
