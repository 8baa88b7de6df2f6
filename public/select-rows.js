/**
 * Counts the rows whose boxes (`name="id"`) belong to the form `data-form`, and tells it: `data-none`, `data-some` and, once the
 * box `all` is checked, `data-every`, in which `{count}` stands for the number. The box `[data-page]` checks all rows, a click
 * with Shift those in between. Where there are more rows than those, `data-total` gives their number, and `all` is offered
 * once every row is checked. Buttons with `data-needs` wait until something is.
 */
class SelectRows extends HTMLElement {
  #last;
  #total;

  connectedCallback() {
    const table = this.parentElement?.querySelector('table');
    if (!table) return;
    table.addEventListener('click', (event) => {
      if (event.target.matches('[data-page]')) this.#checkPage(event.target.checked);
      else if (event.target.matches('input[name=id]')) this.#check(event.target, event.shiftKey);
    });
    this.querySelector('[name=all]')?.addEventListener('change', () => this.#tell());
    this.#tell();
  }

  get #rows() {
    return [...this.parentElement.querySelectorAll(`input[name=id][form="${this.dataset.form}"]`)];
  }

  #checkPage(isChecked) {
    for (const row of this.#rows) row.checked = isChecked;
    this.#tell();
  }

  #check(box, isRange) {
    const rows = this.#rows;
    const from = rows.indexOf(this.#last);
    if (isRange && from >= 0) {
      const to = rows.indexOf(box);
      for (const row of rows.slice(Math.min(from, to), Math.max(from, to) + 1)) row.checked = box.checked;
    }
    this.#last = box;
    this.#tell();
  }

  async #tell() {
    const rows = this.#rows;
    const count = rows.filter(({ checked }) => checked).length;
    const isWhole = count > 0 && count === rows.length;
    const all = this.querySelector('[name=all]');
    if (all && !isWhole) all.checked = false;
    if (all) all.closest('label').hidden = !isWhole;
    const page = this.parentElement.querySelector('[data-page]');
    if (page) {
      page.checked = isWhole;
      page.indeterminate = count > 0 && !isWhole;
    }
    for (const row of rows) row.closest('tr').toggleAttribute('data-selected', row.checked);
    for (const button of this.querySelectorAll('[data-needs]')) button.disabled = count === 0;
    const { none, some, every } = this.dataset;
    const text = all?.checked
      ? every.replace('{count}', await this.#countAll())
      : count === 0
        ? none
        : some.replace('{count}', String(count));
    const status = this.querySelector('[data-count]');
    if (status && status.textContent !== text) status.textContent = text;
  }

  /** Asked for once; where it cannot be had, the page that asks before anything is done says it. */
  async #countAll() {
    this.#total ??= fetch(this.dataset.total, { headers: { 'HX-Request': 'true' } })
      .then((answer) => (answer.ok ? answer.text() : ''))
      .catch(() => '');
    return this.#total;
  }
}

customElements.define('select-rows', SelectRows);
