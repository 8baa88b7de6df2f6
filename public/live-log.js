const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30_000;

/**
 * Puts rows that a stream (`src`) tells of on top of the table inside, at most `most` of them, and as often as the screen is
 * drawn. It can be paused, lets go of its connection while the page is not to be seen, and comes back after the row it had
 * last. Screen readers hear of the connection, and of numbers only when that is asked for.
 */
class LiveLog extends HTMLElement {
  #source;
  #body;
  #state;
  #count;
  #pauser;
  #last = '0';
  #rows = [];
  #came = 0;
  #waiting = 0;
  #isPaused = false;
  #isOver = false;
  #failures = 0;
  #retry;
  #frame;
  #visibility = () => (document.hidden ? this.#close() : this.#connect());

  connectedCallback() {
    this.#body = this.querySelector('tbody');
    this.#state = this.querySelector('[data-state]');
    this.#count = this.querySelector('[data-count]');
    this.#last = this.getAttribute('last') ?? '0';
    this.querySelector('[data-refresh]')?.remove();
    if (!this.#pauser) this.#makeControls();
    document.addEventListener('visibilitychange', this.#visibility);
    if (!document.hidden) this.#connect();
  }

  disconnectedCallback() {
    document.removeEventListener('visibilitychange', this.#visibility);
    this.#close();
  }

  #makeControls() {
    this.#pauser = document.createElement('button');
    this.#pauser.type = 'button';
    this.#pauser.textContent = this.getAttribute('pause');
    this.#pauser.addEventListener('click', () => {
      this.#isPaused = !this.#isPaused;
      this.#pauser.textContent = this.getAttribute(this.#isPaused ? 'resume' : 'pause');
      this.#later();
    });
    const label = document.createElement('label');
    label.className = 'check';
    const box = document.createElement('input');
    box.type = 'checkbox';
    box.addEventListener('change', () =>
      this.#count.setAttribute('aria-live', box.checked ? 'polite' : 'off'),
    );
    label.append(box, ` ${this.getAttribute('announce')}`);
    this.#count.setAttribute('aria-live', 'off');
    this.#count.parentElement.append(this.#pauser, label);
  }

  #connect() {
    if (this.#source || this.#isOver) return;
    const url = new URL(this.getAttribute('src'), location.href);
    url.searchParams.set('after', this.#last);
    const source = new EventSource(url);
    this.#source = source;
    source.addEventListener('open', () => {
      this.#failures = 0;
      this.#say('open', 'badge');
    });
    source.addEventListener('entries', (event) => this.#take(event));
    source.addEventListener('ended', () => {
      this.#isOver = true;
      this.#close();
      this.#say('ended', 'badge danger');
    });
    // Not as the browser would: a server that comes back is not asked by all at once, nor without end.
    source.addEventListener('error', () => {
      this.#close();
      this.#say('lost', 'badge danger');
      const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** this.#failures++);
      this.#retry = setTimeout(() => !document.hidden && this.#connect(), wait * (0.5 + Math.random()));
    });
  }

  #close() {
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = undefined;
  }

  #say(what, className) {
    this.#state.textContent = this.getAttribute(what);
    this.#state.className = className;
  }

  #take({ data, lastEventId }) {
    const { count, rows } = JSON.parse(data);
    this.#last = lastEventId;
    this.#came += count;
    this.#waiting += count;
    const page = new DOMParser().parseFromString(`<table><tbody>${rows}</tbody></table>`, 'text/html');
    this.#rows = [...page.querySelectorAll('tbody > tr'), ...this.#rows].slice(0, this.#most);
    this.#later();
  }

  get #most() {
    return Number(this.getAttribute('most'));
  }

  #later() {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.#show();
    });
  }

  #show() {
    if (!this.#isPaused) {
      this.#body.prepend(...this.#rows);
      this.#rows = [];
      this.#waiting = 0;
      const all = this.#body.children;
      while (all.length > this.#most) all[all.length - 1].remove();
    }
    const number = new Intl.NumberFormat(document.documentElement.lang);
    const came = `${this.getAttribute('came')} ${number.format(this.#came)}`;
    const waiting = this.#isPaused
      ? ` · ${this.getAttribute('waiting')} ${number.format(this.#waiting)}`
      : '';
    this.#count.textContent = came + waiting;
  }
}

customElements.define('live-log', LiveLog);
