/** Parts of a name that are no input: tokens, and what is looked for. */
const PASSING = /^csrf$|\.(?:find|shown)$/;

/**
 * Keeps what is typed in the form inside. It is sent by script, so that what comes back with messages still has the chosen files
 * and typed secrets; leaving a changed form is asked about; and what was typed is kept in this tab, but for secrets and files, and
 * offered when the form is opened again. `data-look` is the name that asks the server for the form with other values;
 * `data-within` marks a form in a dialog, which is not kept. Once a record is made, `made` tells its path, and may stop the way
 * there. Further `data-` are its words.
 */
class KeptDraft extends HTMLElement {
  #isChanged = false;
  #isSending = false;
  #timer;
  #ask = (event) => {
    if (this.#isChanged) event.preventDefault();
  };

  connectedCallback() {
    window.addEventListener('beforeunload', this.#ask);
    if (this.#timer !== undefined) return;
    this.#timer = 0;
    for (const type of ['input', 'change']) this.addEventListener(type, (event) => this.#touch(event));
    this.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#send(new FormData(this.#form, event.submitter));
    });
    this.#offer();
  }

  disconnectedCallback() {
    window.removeEventListener('beforeunload', this.#ask);
  }

  /** Whether anything would be lost. */
  get isChanged() {
    return this.#isChanged;
  }

  /** Keeps what is typed, and lets the page go without a question. */
  release() {
    if (this.#isChanged && !('within' in this.dataset)) this.#keep();
    this.#isChanged = false;
  }

  get #form() {
    return this.querySelector('form');
  }

  get #key() {
    return `draft ${this.#form.getAttribute('action')}`;
  }

  #touch({ target, type }) {
    if (target.type === 'search' || target.closest('[data-offer-box]')) return;
    this.#isChanged = true;
    if ('within' in this.dataset) return;
    clearTimeout(this.#timer);
    if (type === 'change') this.#keep();
    else this.#timer = setTimeout(() => this.#keep(), 300);
  }

  #keep() {
    const secrets = new Set([...this.querySelectorAll('input[type=password]')].map(({ name }) => name));
    const pairs = [...new FormData(this.#form)].filter(
      ([name, value]) => typeof value === 'string' && !secrets.has(name) && !PASSING.test(name),
    );
    try {
      sessionStorage.setItem(this.#key, JSON.stringify(pairs));
    } catch {
      // There is no room, or the browser keeps nothing: the form works all the same, and what is older would mislead.
      this.#forget();
    }
  }

  #forget() {
    clearTimeout(this.#timer);
    sessionStorage.removeItem(this.#key);
  }

  /** Says that there is a draft, and brings it back when asked. */
  #offer() {
    const kept = 'within' in this.dataset ? null : sessionStorage.getItem(this.#key);
    if (kept === null) return;
    const box = document.createElement('div');
    box.className = 'notice toolbar';
    box.dataset.offerBox = '';
    const text = document.createElement('p');
    text.className = 'grow';
    text.setAttribute('role', 'status');
    text.textContent = this.dataset.offer;
    const restore = button(this.dataset.restore, () => {
      const body = new FormData();
      body.append('csrf', this.#form.elements.csrf.value);
      for (const [name, value] of JSON.parse(kept)) body.append(name, value);
      body.append(this.dataset.look, '');
      this.#isChanged = true;
      this.#send(body);
    });
    const discard = button(this.dataset.discard, () => {
      this.#forget();
      box.remove();
      this.querySelector('.field :is(input, textarea, select):not([type=hidden])')?.focus();
    });
    box.append(text, restore, discard);
    this.prepend(box);
  }

  async #send(body) {
    if (this.#isSending) return;
    this.#isSending = true;
    const status = this.querySelector('[data-status]');
    status.textContent = this.dataset.sending;
    const held = document.activeElement;
    this.#hold(true);
    const headers = { 'HX-Request': 'true', 'HX-Request-Type': 'partial' };
    const answer = await fetch(this.#form.action, { method: 'POST', body, headers }).catch(() => null);
    const text = await answer?.text().catch(() => null);
    this.#isSending = false;
    const path = answer?.headers.get('hx-redirect') ?? null;
    if (typeof text === 'string' && path !== null) return this.#leave(path);
    status.textContent = '';
    this.#hold(false);
    if (this.contains(held)) held.focus();
    if (typeof text !== 'string') return this.#tell(this.dataset.lost);
    const page = new DOMParser().parseFromString(text, 'text/html');
    const fresh = page.querySelector('kept-draft');
    if (fresh) this.#show(fresh);
    else this.#tell((page.querySelector('main') ?? page.body).textContent.trim());
  }

  /** What is typed while the form is on its way would be in nothing that is kept. */
  #hold(isHeld) {
    for (const part of this.#form.children) if (!part.matches('.buttons')) part.inert = isHeld;
  }

  #leave(path) {
    const isOver = !path.startsWith('/_/login');
    if (!isOver) return toLogin(path);
    this.#forget();
    this.#isChanged = false;
    const made = new CustomEvent('made', { detail: path, bubbles: true, cancelable: true });
    if (this.dispatchEvent(made)) location.assign(path);
  }

  /** The form that came back. Its inputs that no page can fill are those that are here. */
  #show(fresh) {
    const filled = [...this.querySelectorAll('input[type=file], input[type=password]')].filter(
      ({ value }) => value !== '',
    );
    this.replaceChildren(...fresh.childNodes);
    for (const input of filled) {
      const empty = this.querySelector(`input[type=${input.type}][name="${CSS.escape(input.name)}"]`);
      if (!empty) continue;
      for (const name of ['aria-describedby', 'aria-invalid']) {
        if (empty.hasAttribute(name)) input.setAttribute(name, empty.getAttribute(name));
        else input.removeAttribute(name);
      }
      empty.replaceWith(input);
    }
    const wrong = this.querySelector('[aria-invalid=true]:not([hidden])');
    const first = wrong ?? this.querySelector('.notice') ?? this.querySelector('.primary');
    if (first.matches('.notice')) first.tabIndex = -1;
    first.focus();
  }

  #tell(text) {
    const form = this.#form;
    this.querySelector('[data-trouble]')?.remove();
    const message = document.createElement('p');
    message.className = 'notice error';
    message.dataset.trouble = '';
    message.setAttribute('role', 'alert');
    message.textContent = text;
    form.querySelector(':scope > .buttons').before(message);
  }
}

/** Goes to sign in first: who does comes back to what they typed. */
export function toLogin(path) {
  for (const draft of document.querySelectorAll('kept-draft')) draft.release();
  location.assign(path);
}

function button(text, act) {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  made.addEventListener('click', act);
  return made;
}

customElements.define('kept-draft', KeptDraft);
