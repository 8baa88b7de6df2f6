import { say } from './toast-messages.js';

const AT_ONCE = 3;
/** Larger files are sent in pieces, and can be paused. */
const LARGE = 5_000_000;
const PIECE = 4_000_000;

/**
 * Sends files that are dropped on it, or chosen in the form inside, one by one, with a bar for each and one for all. The form
 * sends them all at once without script. `data-pieces` is where large files are begun; `data-next` the page to go to once all are
 * there; further `data-` are its words.
 */
class FileDrop extends HTMLElement {
  #files = [];
  #active = 0;

  connectedCallback() {
    const form = this.querySelector('form');
    const input = this.querySelector('input[type=file]');
    if (!form || !input) return;
    this.#form = form;
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#add(input.files);
      input.value = '';
    });
    input.addEventListener('change', () => {
      this.#add(input.files);
      input.value = '';
    });
    this.addEventListener('dragover', (event) => {
      event.preventDefault();
      this.classList.add('over');
    });
    this.addEventListener('dragleave', () => this.classList.remove('over'));
    this.addEventListener('drop', (event) => {
      event.preventDefault();
      this.classList.remove('over');
      this.#add(event.dataTransfer.files);
    });
    this.#total = bar(this.dataset.total);
    this.#total.hidden = true;
    this.#list = document.createElement('ul');
    this.append(this.#total, this.#list);
  }

  #form;
  #list;
  #total;

  #add(files) {
    // A field of one file would keep the last of many only.
    const isMany = this.querySelector('input[type=file]').multiple;
    for (const file of isMany ? files : [...files].slice(0, 1)) {
      const item = { file, sent: 0, state: 'waiting', progress: bar(file.name) };
      item.row = this.#row(item);
      this.#files.push(item);
      this.#list.append(item.row);
    }
    this.#next();
  }

  #row(item) {
    const row = document.createElement('li');
    const name = document.createElement('span');
    name.textContent = item.file.name;
    item.note = document.createElement('span');
    item.note.className = 'hint';
    item.note.setAttribute('role', 'status');
    item.button = document.createElement('button');
    item.button.type = 'button';
    item.button.hidden = true;
    item.button.addEventListener('click', () => this.#toggle(item));
    row.append(name, item.progress, item.note, item.button);
    return row;
  }

  #toggle(item) {
    if (item.state === 'sending') {
      item.state = 'paused';
      item.request?.abort();
      this.#label(item, this.dataset.resume);
      item.note.textContent = this.dataset.paused;
    } else {
      item.state = 'waiting';
      item.note.textContent = '';
      item.button.hidden = true;
      this.#next();
    }
  }

  #label(item, text) {
    item.button.textContent = text;
    item.button.setAttribute('aria-label', `${text}: ${item.file.name}`);
    item.button.hidden = false;
  }

  #next() {
    for (const item of this.#files) {
      if (this.#active >= AT_ONCE) break;
      if (item.state === 'waiting') this.#start(item);
    }
    this.#show();
    const open = this.#files.filter(({ state }) => state !== 'done');
    if (this.#files.length > 0 && open.length === 0 && this.#active === 0) {
      say(this.dataset.done);
      location.assign(this.dataset.next);
    }
  }

  async #start(item) {
    item.state = 'sending';
    this.#active++;
    try {
      if (item.file.size > LARGE) await this.#sendPieces(item);
      else await this.#sendWhole(item);
      item.state = 'done';
      item.sent = item.file.size;
      item.note.textContent = this.dataset.done;
      item.button.hidden = true;
    } catch (error) {
      if (item.state !== 'paused') {
        item.state = 'failed';
        item.note.textContent = error.message || this.dataset.failed;
        this.#label(item, this.dataset.retry);
      }
    }
    this.#active--;
    this.#next();
  }

  #sendWhole(item) {
    const body = new FormData();
    body.append('csrf', this.#form.elements.csrf.value);
    body.append('file', item.file);
    return this.#send(item, this.#form.action, body, 0);
  }

  async #sendPieces(item) {
    this.#label(item, this.dataset.pause);
    const begin = new URL(this.dataset.pieces, location.href);
    if (item.place === undefined) {
      begin.searchParams.set('filename', item.file.name);
      begin.searchParams.set('size', String(item.file.size));
      item.place = (await this.#send(item, begin, '', 0)).place;
    }
    // What arrived before a pause or a failure is not sent again.
    let { offset, done } = await this.#send(item, `${item.place}&offset=-1`, '', item.sent);
    while (!done) {
      if (item.state === 'paused') throw new Error();
      const piece = item.file.slice(offset, offset + PIECE);
      ({ offset, done } = await this.#send(item, `${item.place}&offset=${offset}`, piece, offset));
    }
  }

  #send(item, address, body, from) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      item.request = request;
      request.open('POST', address);
      request.setRequestHeader('Accept', 'application/json');
      request.setRequestHeader('X-CSRF-Token', this.#form.elements.csrf.value);
      if (body instanceof Blob) request.setRequestHeader('Content-Type', 'application/octet-stream');
      request.upload.addEventListener('progress', ({ loaded }) => {
        item.sent = Math.min(item.file.size, from + loaded);
        this.#show();
      });
      request.addEventListener('loadend', () => {
        if (request.status === 0) return reject(new Error());
        // Anything else is a page, as of the login once the session has ended.
        const isOurs = request.getResponseHeader('Content-Type') === 'application/json';
        const answer = isOurs ? JSON.parse(request.responseText) : {};
        if (!isOurs) return reject(new Error());
        if (request.status < 300) resolve(answer);
        else reject(new Error(answer.message));
      });
      request.send(body);
    });
  }

  /** At most once a frame, however many files there are. */
  #show() {
    if (this.#isShowing) return;
    this.#isShowing = true;
    requestAnimationFrame(() => {
      this.#isShowing = false;
      let sent = 0;
      let size = 0;
      for (const item of this.#files) {
        item.progress.firstElementChild.value = share(item.sent, item.file.size, item.state);
        sent += item.state === 'done' ? item.file.size : item.sent;
        size += item.file.size;
      }
      this.#total.hidden = this.#files.length === 0;
      this.#total.firstElementChild.value = share(sent, size, '');
    });
  }

  #isShowing = false;
}

function share(sent, size, state) {
  return state === 'done' ? 1 : size === 0 ? 0 : Math.min(1, sent / size);
}

function bar(label) {
  const wrap = document.createElement('span');
  const progress = document.createElement('progress');
  progress.max = 1;
  progress.value = 0;
  progress.setAttribute('aria-label', label);
  wrap.append(progress);
  return wrap;
}

customElements.define('file-drop', FileDrop);
