import { say } from './toast-messages.js';

/**
 * Lets the items of the list inside be moved: by their `[data-move]` buttons (-1 up, 1 down), and by a handle that can be
 * dragged, which is named by `handle`. `moved` is said afterwards; inputs with `data-place` get the number of their item's place.
 * Without script the buttons send their form.
 */
class SortableList extends HTMLElement {
  connectedCallback() {
    const list = this.querySelector('ol, ul');
    if (!list) return;
    for (const item of list.children) this.#addHandle(item);
    this.addEventListener('click', (event) => {
      const button = event.target.closest('[data-move]');
      if (!button) return;
      event.preventDefault();
      const item = [...list.children].find((child) => child.contains(button));
      const other = button.dataset.move === '-1' ? item.previousElementSibling : item.nextElementSibling;
      if (!other) return;
      if (button.dataset.move === '-1') other.before(item);
      else other.after(item);
      button.focus();
      this.#number(list);
      say(this.getAttribute('moved') ?? '');
    });
    list.addEventListener('dragover', (event) => {
      const over = [...list.children].find((child) => child.contains(event.target));
      const dragged = list.querySelector(':scope > [data-dragged]');
      if (!dragged || !over) return;
      event.preventDefault();
      if (over === dragged) return;
      const { top, height } = over.getBoundingClientRect();
      if (event.clientY < top + height / 2) over.before(dragged);
      else over.after(dragged);
    });
    list.addEventListener('drop', (event) => {
      event.preventDefault();
      this.#number(list);
    });
  }

  #number(list) {
    for (const [index, item] of [...list.children].entries()) {
      for (const input of item.querySelectorAll('[data-place]')) input.value = index + 1;
    }
    list.dispatchEvent(new Event('change', { bubbles: true }));
  }

  #addHandle(item) {
    const handle = document.createElement('span');
    handle.className = 'drag-handle';
    handle.textContent = '⠿';
    handle.title = this.getAttribute('handle') ?? '';
    handle.setAttribute('aria-hidden', 'true');
    handle.draggable = true;
    handle.addEventListener('dragstart', (event) => {
      item.dataset.dragged = '';
      event.dataTransfer.effectAllowed = 'move';
      event.dataTransfer.setData('text/plain', '');
      event.dataTransfer.setDragImage(item, 0, 0);
    });
    handle.addEventListener('dragend', () => delete item.dataset.dragged);
    item.prepend(handle);
  }
}

customElements.define('sortable-list', SortableList);
