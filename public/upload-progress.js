/**
 * Sends the form inside with a bar of how far that is, and goes to the page that the answer names. What was not accepted is said
 * below it. `data-sending`, `data-checking` and `data-failed` are its words. Without script the form sends itself.
 */
class UploadProgress extends HTMLElement {
  connectedCallback() {
    const form = this.querySelector('form');
    if (!form) return;
    const status = document.createElement('p');
    status.setAttribute('role', 'status');
    const progress = document.createElement('progress');
    progress.max = 1;
    progress.setAttribute('aria-label', this.dataset.sending);
    const line = document.createElement('span');
    line.className = 'progress';
    line.append(progress);
    this.append(status);
    const button = form.querySelector('button[type=submit]');

    const stop = (message) => {
      line.remove();
      button.disabled = false;
      status.className = 'notice error';
      status.textContent = message;
    };
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      // single-submit must not take a second try for a double click.
      event.stopImmediatePropagation();
      if (button.disabled) return;
      button.disabled = true;
      status.before(line);
      progress.value = 0;
      status.className = 'hint';
      status.textContent = this.dataset.sending;
      const request = new XMLHttpRequest();
      request.open('POST', form.action);
      request.setRequestHeader('Accept', 'application/json');
      request.upload.addEventListener('progress', ({ loaded, total }) => {
        progress.value = total > 0 ? loaded / total : 0;
      });
      request.upload.addEventListener('load', () => {
        progress.removeAttribute('value');
        status.textContent = this.dataset.checking;
      });
      request.addEventListener('loadend', () => {
        const isOurs = request.getResponseHeader('Content-Type') === 'application/json';
        const answer = isOurs ? JSON.parse(request.responseText) : {};
        if (answer.location) location.assign(answer.location);
        else stop(answer.message || this.dataset.failed);
      });
      request.send(new FormData(form));
    });
  }
}

customElements.define('upload-progress', UploadProgress);
