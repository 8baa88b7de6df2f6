/** Shows a theme as soon as it is chosen in the form inside; saving keeps it. */
class ThemeSwitch extends HTMLElement {
  connectedCallback() {
    this.querySelector('select[name=theme]')?.addEventListener('change', (event) => {
      document.documentElement.dataset.theme = event.target.value;
    });
  }
}

customElements.define('theme-switch', ThemeSwitch);
