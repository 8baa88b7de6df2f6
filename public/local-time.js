/** Shows the `<time>` inside in the reader's own time zone, in the page's language. The moment itself stays in its title. */
class LocalTime extends HTMLElement {
  connectedCallback() {
    const time = this.querySelector('time');
    const moment = new Date(time?.dateTime ?? '');
    if (!time || Number.isNaN(moment.getTime())) return;
    const format = new Intl.DateTimeFormat(document.documentElement.lang, {
      dateStyle: 'medium',
      timeStyle: 'short',
    });
    time.textContent = format.format(moment);
  }
}

customElements.define('local-time', LocalTime);
