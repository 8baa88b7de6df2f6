import { say } from './toast-messages.js';

/**
 * A latitude and a longitude: both pasted at once come apart, `[data-here]` asks the browser for them, and what is beyond
 * `data-bound` is marked while it is typed. `data-failed` is said where the browser does not tell.
 */
class GeoField extends HTMLElement {
  connectedCallback() {
    const [lat, lon] = this.querySelectorAll('input');
    const here = this.querySelector('[data-here]');
    if (!lat || !lon || !here) return;
    const set = (first, second) => {
      for (const [input, value] of [
        [lat, first],
        [lon, second],
      ]) {
        input.value = value;
        input.dispatchEvent(new Event('input', { bubbles: true }));
      }
    };
    for (const input of [lat, lon]) {
      input.addEventListener('paste', (event) => {
        const text = event.clipboardData.getData('text').trim();
        const both = /^\(?\s*([+-]?\d+(?:\.\d+)?)\s*°?\s*[,;\s]\s*([+-]?\d+(?:\.\d+)?)\s*°?\s*\)?$/.exec(
          text,
        );
        if (!both) return;
        event.preventDefault();
        set(both[1], both[2]);
      });
      input.addEventListener('input', () => {
        const text = input.value.trim();
        const isWrong = text !== '' && !(Math.abs(Number(text)) <= Number(input.dataset.bound));
        if (isWrong) input.setAttribute('aria-invalid', 'true');
        else input.removeAttribute('aria-invalid');
      });
    }
    here.hidden = !navigator.geolocation || !isSecureContext;
    here.addEventListener('click', () => {
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => set(coords.latitude, coords.longitude),
        () => say(this.dataset.failed),
        { timeout: 10_000 },
      );
    });
  }
}

customElements.define('geo-field', GeoField);
