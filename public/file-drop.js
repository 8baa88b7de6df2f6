import { filesOf } from './dropped-files.js';
import { sayNext } from './toast-messages.js';
import { forgetUpload, rememberedUploads, rememberUpload } from './unfinished-uploads.js';

const AT_ONCE = 3;
const PIECE = 4_000_000;
/** Larger files have several pieces: they can be paused, and go on after a reload. */
const LARGE = PIECE;
/** Rows that are shown at a time, however many files there are. */
const MOST_ROWS = 50;
/** Files that wait and have a row. */
const NEXT_ROWS = 5;

/**
 * Sends files that are dropped on it (folders, too), pasted, or chosen in the form inside, one by one, with a bar for each that is
 * on its way and one for all. What is done is counted, what failed stays until it is tried again. The form sends them all at once
 * without script. `data-pieces` is where files are begun; `data-next` the page to go to once all are there; further `data-`
 * are its words.
 */
class FileDrop extends HTMLElement {
  #form;
  #input;
  #files = [];
  #waiting = [];
  #active = 0;
  #done = 0;
  #failed = 0;
  #isShowing = false;
  #total;
  #summary;
  #again;
  #list;
  #unfinished;

  connectedCallback() {
    this.#form = this.querySelector('form');
    this.#input = this.querySelector('input[type=file]');
    if (!this.#form || !this.#input || this.#list) return;
    this.#form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#choose();
    });
    this.#input.addEventListener('change', () => this.#choose());
    this.addEventListener('dragover', (event) => {
      event.preventDefault();
      this.classList.add('over');
    });
    this.addEventListener('dragleave', () => this.classList.remove('over'));
    this.addEventListener('drop', async (event) => {
      event.preventDefault();
      this.classList.remove('over');
      this.#add(await filesOf(event.dataTransfer));
    });
    document.addEventListener('paste', this.#paste);
    this.#total = bar(this.dataset.total);
    this.#summary = make('p', 'hint');
    this.#again = button(this.dataset.retryAll, () => this.#retryAll());
    this.#list = make('ul', 'sending');
    this.#unfinished = make('ul', 'unfinished');
    const hint = make('p', 'hint');
    hint.textContent = this.dataset.hint;
    for (const part of [this.#total, this.#summary, this.#again]) part.hidden = true;
    this.append(hint, this.#unfinished, this.#total, this.#summary, this.#list, this.#again);
    this.#showUnfinished();
  }

  disconnectedCallback() {
    document.removeEventListener('paste', this.#paste);
  }

  /** Where there are several, the one that has the focus takes what is pasted, else the first. */
  #paste = (event) => {
    const files = event.clipboardData?.files ?? [];
    if (files.length === 0 || event.defaultPrevented) return;
    const focused = document.activeElement?.closest('file-drop');
    if (this !== (focused ?? document.querySelector('file-drop'))) return;
    event.preventDefault();
    this.#add(files);
  };

  #choose() {
    this.#add(this.#input.files);
    this.#input.value = '';
  }

  #add(files) {
    const remembered = rememberedUploads(this.dataset.pieces);
    // A field of one file would keep the last of many only.
    for (const file of this.#input.multiple ? files : [...files].slice(0, 1)) {
      const known = remembered.find((one) => isSame(one, file));
      const item = {
        file,
        sent: 0,
        state: 'waiting',
        note: '',
        place: known?.place,
      };
      this.#files.push(item);
      this.#waiting.push(item);
    }
    this.#showUnfinished();
    this.#next();
  }

  #retryAll() {
    for (const item of this.#files) if (item.state === 'failed') this.#wait(item);
    this.#next();
  }

  #toggle(item) {
    if (item.state === 'sending') {
      item.state = 'paused';
      item.note = this.dataset.paused;
      item.request?.abort();
      this.#show();
    } else {
      this.#wait(item);
      this.#next();
    }
  }

  #wait(item) {
    item.state = 'waiting';
    item.note = '';
    this.#waiting.push(item);
  }

  #next() {
    while (this.#active < AT_ONCE && this.#waiting.length > 0) this.#start(this.#waiting.shift());
    this.#show();
    if (this.#files.length === 0 || this.#done < this.#files.length) return;
    sayNext(this.#words(this.dataset.count));
    location.assign(this.dataset.next);
  }

  async #start(item) {
    item.state = 'sending';
    this.#active++;
    try {
      await this.#sendPieces(item);
      item.state = 'done';
      item.sent = item.file.size;
      this.#done++;
    } catch (error) {
      if (item.state !== 'paused') {
        item.state = 'failed';
        item.note = error.message || this.dataset.failed;
      }
    }
    this.#active--;
    this.#next();
  }

  /** Small ones, too: a record is made once, however often an answer is lost and its file sent again. */
  async #sendPieces(item) {
    let { offset, done } = await this.#begin(item);
    while (!done) {
      if (item.state === 'paused') throw new Error();
      const piece = item.file.slice(offset, offset + PIECE);
      ({ offset, done } = await this.#send(item, `${item.place}&offset=${offset}`, piece, offset));
    }
    forgetUpload(item.place);
  }

  /** What arrived before a pause, a failure or a reload is not sent again. */
  async #begin(item) {
    if (item.place !== undefined) {
      try {
        return await this.#send(item, `${item.place}&offset=-1`, '', item.sent);
      } catch (error) {
        // It waited too long, or was removed, or is another admin's.
        if (error.status !== 404) throw error;
        forgetUpload(item.place);
      }
    }
    const address = new URL(this.dataset.pieces, location.href);
    address.searchParams.set('filename', item.file.name);
    address.searchParams.set('size', String(item.file.size));
    item.place = (await this.#send(item, address, '', 0)).place;
    const { name, size, lastModified } = item.file;
    if (size > LARGE)
      rememberUpload({ pieces: this.dataset.pieces, place: item.place, name, size, lastModified });
    return { offset: 0, done: false };
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
        // Anything else is a page, as of the login once the session has ended.
        const isOurs = request.getResponseHeader('Content-Type') === 'application/json';
        const answer = isOurs ? JSON.parse(request.responseText) : {};
        if (isOurs && request.status < 300) return resolve(answer);
        const isOut =
          request.status === 403 || new URL(request.responseURL || location.href).pathname === '/_/login';
        const message = isOut ? this.dataset.signedOut : answer.message;
        reject(Object.assign(new Error(message ?? ''), { status: request.status }));
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
      this.#paint();
    });
  }

  #paint() {
    let [sent, size, failed, rows, next] = [0, 0, 0, 0, 0];
    for (const item of this.#files) {
      sent += item.state === 'done' ? item.file.size : item.sent;
      size += item.file.size;
      if (item.state === 'failed') failed++;
      const isNext = item.state === 'waiting' && next < NEXT_ROWS;
      const isShown = rows < MOST_ROWS && (isNext || !['waiting', 'done'].includes(item.state));
      if (isShown) rows++;
      if (isShown && isNext) next++;
      if (isShown) this.#paintRow(item);
      else if (item.row) {
        item.row.remove();
        item.row = undefined;
      }
    }
    this.#total.hidden = this.#summary.hidden = this.#files.length === 0;
    this.#again.hidden = failed === 0;
    this.#total.firstElementChild.value = size === 0 ? 0 : Math.min(1, sent / size);
    this.#failed = failed;
    setText(this.#summary, this.#words(failed > 0 ? this.dataset.countFailed : this.dataset.count));
  }

  /** A sentence with the numbers of files in it. */
  #words(text) {
    const words = { done: this.#done, all: this.#files.length, failed: this.#failed };
    return text.replace(/\{(\w+)\}/g, (_, name) => words[name]);
  }

  #paintRow(item) {
    item.row ??= this.#makeRow(item);
    const { row, file, state, note } = item;
    row.bar.value = file.size === 0 ? 0 : Math.min(1, item.sent / file.size);
    setText(row.note, note);
    const isLarge = file.size > LARGE;
    const verb = { sending: isLarge ? 'pause' : '', paused: 'resume', failed: 'retry' }[state] ?? '';
    row.button.hidden = verb === '';
    if (verb === '' || row.verb === verb) return;
    row.verb = verb;
    row.button.textContent = this.dataset[verb];
    row.button.setAttribute('aria-label', `${this.dataset[verb]}: ${file.name}`);
  }

  #makeRow(item) {
    const row = make('li');
    const name = make('span');
    name.textContent = item.file.name;
    const progress = bar(item.file.name);
    row.bar = progress.firstElementChild;
    row.note = make('span', 'hint');
    row.note.setAttribute('role', 'status');
    row.button = button('', () => this.#toggle(item));
    row.append(name, progress, row.note, row.button);
    this.#list.append(row);
    return row;
  }

  /** Uploads to this place that a reload or the end of a session has cut off. */
  #showUnfinished() {
    const open = rememberedUploads(this.dataset.pieces).filter(
      (one) => !this.#files.some(({ file }) => isSame(one, file)),
    );
    this.#unfinished.hidden = open.length === 0;
    this.#unfinished.replaceChildren(
      ...open.map((upload) => {
        const row = make('li');
        const text = make('span');
        text.textContent = this.dataset.unfinished.replace('{name}', upload.name);
        const remove = button(this.dataset.remove, () => this.#removeUnfinished(upload));
        remove.setAttribute('aria-label', `${this.dataset.remove}: ${upload.name}`);
        row.append(text, remove);
        return row;
      }),
    );
  }

  async #removeUnfinished({ place }) {
    forgetUpload(place);
    this.#showUnfinished();
    const id = new URL(place, location.href).pathname.split('/').at(-1);
    const headers = { 'X-CSRF-Token': this.#form.elements.csrf.value };
    await fetch(`/_/files/uploads/${id}/removal`, { method: 'POST', headers, redirect: 'manual' }).catch(
      () => {},
    );
  }
}

function isSame(upload, file) {
  return upload.name === file.name && upload.size === file.size && upload.lastModified === file.lastModified;
}

function make(name, className = '') {
  const element = document.createElement(name);
  if (className) element.className = className;
  return element;
}

function button(text, onClick) {
  const element = make('button');
  element.type = 'button';
  element.textContent = text;
  element.addEventListener('click', onClick);
  return element;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function bar(label) {
  const wrap = make('span');
  const progress = make('progress');
  progress.max = 1;
  progress.value = 0;
  progress.setAttribute('aria-label', label);
  wrap.append(progress);
  return wrap;
}

customElements.define('file-drop', FileDrop);
