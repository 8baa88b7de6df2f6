const MOST = 20;

/**
 * A form with one textarea for statements: Ctrl+Enter or ⌘Enter sends it, and the last ones that were sent can be chosen again.
 * They are kept in this browser alone, under `key`; `label`, `choose` and `forget` are the words of the choice.
 */
class StatementBox extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector('form');
    const area = form?.querySelector('textarea');
    if (!form || !area || this.querySelector('[data-history]')) return;
    area.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      form.requestSubmit(form.querySelector('[data-run]'));
    });
    form.addEventListener('submit', () => this.#keep(area.value.trim()), { capture: true });
    this.#offer(area);
  }

  get #all() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.getAttribute('key')) ?? '[]');
      return Array.isArray(kept) ? kept.filter((one) => typeof one === 'string') : [];
    } catch {
      return [];
    }
  }

  #keep(text) {
    if (text === '' || text.length > 10_000) return;
    const all = [text, ...this.#all.filter((one) => one !== text)].slice(0, MOST);
    try {
      localStorage.setItem(this.getAttribute('key'), JSON.stringify(all));
    } catch {
      // Without room, or where the browser keeps nothing, there is no history.
    }
  }

  #offer(area) {
    const all = this.#all;
    if (all.length === 0) return;
    const place = document.createElement('div');
    place.className = 'toolbar';
    place.dataset.history = '';
    const field = document.createElement('div');
    field.className = 'field grow';
    const label = document.createElement('label');
    label.textContent = this.getAttribute('label');
    label.htmlFor = 'statement-history';
    const select = document.createElement('select');
    select.id = label.htmlFor;
    select.append(new Option(this.getAttribute('choose'), ''));
    for (const one of all) select.append(new Option(one.replaceAll(/\s+/g, ' ').slice(0, 120), one));
    select.addEventListener('change', () => {
      if (select.value === '') return;
      area.value = select.value;
      area.focus();
    });
    const forget = document.createElement('button');
    forget.type = 'button';
    forget.textContent = this.getAttribute('forget');
    forget.addEventListener('click', () => {
      localStorage.removeItem(this.getAttribute('key'));
      place.remove();
      area.focus();
    });
    field.append(label, select);
    place.append(field, forget);
    this.append(place);
  }
}

customElements.define('statement-box', StatementBox);
