/**
 * Shows the moment in the input inside in the reader's own time zone, and sends it in UTC all the same. `data-zone` says so, with
 * `{zone}` for its name. `[data-now]` and `[data-clear]` are buttons.
 */
class DateField extends HTMLElement {
  connectedCallback() {
    const shown = this.querySelector('input');
    if (!shown?.name) return;
    const sent = document.createElement('input');
    Object.assign(sent, { type: 'hidden', name: shown.name, value: shown.value });
    shown.removeAttribute('name');
    shown.after(sent);
    shown.value = localOf(sent.value);
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    this.querySelector('.hint').textContent = this.dataset.zone.replace('{zone}', zone);
    const before = new Date(`${sent.value}Z`);
    const send = () => {
      sent.value = momentOf(shown.value, before);
    };
    shown.addEventListener('input', send);
    // Half a date is no date to the browser; sent as nothing, it would clear what is stored.
    shown.form?.addEventListener('formdata', ({ formData }) => {
      if (shown.isConnected && shown.validity.badInput) formData.set(sent.name, 'incomplete');
    });
    const set = (value) => {
      shown.value = value;
      shown.dispatchEvent(new Event('input', { bubbles: true }));
      shown.focus();
    };
    this.querySelector('[data-now]')?.addEventListener('click', () => {
      set(localOf(new Date().toISOString().slice(0, 19)));
    });
    this.querySelector('[data-clear]')?.addEventListener('click', () => set(''));
  }
}

/** A local time in UTC. In an hour that comes twice in autumn, it is the one in which the moment before was. */
function momentOf(local, before) {
  const moment = new Date(local);
  if (Number.isNaN(moment.getTime())) return '';
  const twins = [-1, 1].map((hours) => new Date(moment.getTime() + hours * 3_600_000));
  const spelled = (one) => one.toISOString().slice(0, -1);
  const same = twins.find(
    (one) =>
      one.getTimezoneOffset() === before.getTimezoneOffset() &&
      localOf(spelled(one)) === localOf(spelled(moment)),
  );
  return spelled(same ?? moment);
}

/** A moment in UTC in the spelling of a `datetime-local` input, in this time zone. */
function localOf(text) {
  const moment = new Date(`${text}Z`);
  if (text === '' || Number.isNaN(moment.getTime())) return '';
  const [year, ...rest] = [
    moment.getFullYear(),
    moment.getMonth() + 1,
    moment.getDate(),
    moment.getHours(),
    moment.getMinutes(),
    moment.getSeconds(),
  ];
  const [month, day, hour, minute, second] = rest.map((number) => String(number).padStart(2, '0'));
  const parts = moment.getMilliseconds();
  const tail = parts === 0 ? '' : `.${String(parts).padStart(3, '0')}`;
  return `${String(year).padStart(4, '0')}-${month}-${day}T${hour}:${minute}:${second}${tail}`;
}

customElements.define('date-field', DateField);
