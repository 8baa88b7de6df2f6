import { html } from '../../html.ts';
import { type ControlStyle, controlId, described, UnreadableInput } from './control.ts';
import { partName, textIn, typedOf } from './typed.ts';

/** A latitude and a longitude. Both can be pasted at once, or taken from the device where there is script. */
export const geoControl: ControlStyle = {
  parts: ['lat', 'lon'],
  isGroup: () => true,
  show(value) {
    const { lat, lon }: { lat?: unknown; lon?: unknown } = { ...(typeof value === 'object' ? value : {}) };
    return typedOf({ lat: String(lat ?? 0), lon: String(lon ?? 0) });
  },
  markup(control) {
    const { form: recordForm } = control.visit.texts.records;
    const one = (part: 'lat' | 'lon', label: string, bound: number) =>
      html`<div class="field"><label for="${controlId(control, part)}">${label}</label>
        <input id="${controlId(control, part)}" name="${partName(control.field.name, part)}" type="text" inputmode="decimal"
          value="${textIn(control.typed, part)}" autocomplete="off" data-bound="${bound}"${described(control)}>
        <span class="hint">${recordForm.between(bound)}</span></div>`;
    return html`<geo-field class="stacked" data-failed="${recordForm.noPosition}"><div class="pair">${one('lat', recordForm.latitude, 90)}${one('lon', recordForm.longitude, 180)}</div>
      <div class="buttons scripted"><button type="button" data-here>${recordForm.usePosition}</button><span class="hint">${recordForm.pastePosition}</span></div></geo-field>`;
  },
  read(typed) {
    const [lat, lon] = [textIn(typed, 'lat').trim(), textIn(typed, 'lon').trim()];
    // One of them alone would be a place on the equator, or on the meridian of Greenwich.
    if ((lat === '') !== (lon === '')) throw new UnreadableInput('required');
    return { lat, lon };
  },
};
