/** Shows the choices below its search box whose words hold what is typed; chosen ones stay. `data-none` says that there is none. */
class NarrowList extends HTMLElement {
  connectedCallback() {
    const input = this.querySelector('input[type=search]');
    if (!input || this.querySelector('[role=status]')) return;
    const status = document.createElement('p');
    status.className = 'hint';
    status.setAttribute('role', 'status');
    this.append(status);
    input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') event.preventDefault();
    });
    input.addEventListener('input', () => {
      const words = input.value.trim().toLowerCase();
      let found = 0;
      for (const choice of this.querySelectorAll('.choices > label')) {
        const isFound = choice.textContent.toLowerCase().includes(words);
        if (isFound) found++;
        choice.hidden = !isFound && !choice.querySelector('input').checked;
      }
      status.textContent = found === 0 ? this.dataset.none : '';
    });
  }
}

customElements.define('narrow-list', NarrowList);
