/** Names and values that a browser would send of a page's form, without buttons. `id`: the form's. */
export function formInputs(page: string, id: string): [string, string][] {
  const form = page.split(`<form id="${id}"`)[1]?.split('</form>')[0] ?? '';
  const found: [string, string][] = [];
  const tags = /<input([^>]*)>|<textarea([^>]*)>\n?([^<]*)<\/textarea>|<select([^>]*)>(.*?)<\/select>/gs;
  for (const [, input, area, text = '', select, options = ''] of form.matchAll(tags)) {
    const attributes = input ?? area ?? select ?? '';
    const name = attribute(attributes, 'name');
    const isOff = /type="(?:checkbox|radio)"/.test(attributes) && !/ checked/.test(attributes);
    if (name === '' || name === 'csrf' || isOff) continue;
    const chosen =
      /<option value="([^"]*)" selected/.exec(options) ?? /<option value="([^"]*)"/.exec(options);
    const value = input ? attribute(input, 'value') : area ? text : (chosen?.[1] ?? '');
    found.push([name, decode(value)]);
  }
  return found;
}

function attribute(attributes: string, name: string): string {
  return new RegExp(` ${name}="([^"]*)"`).exec(attributes)?.[1] ?? '';
}

function decode(text: string): string {
  const named = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'", '&amp;': '&' };
  return Object.entries(named).reduce((all, [entity, char]) => all.replaceAll(entity, char), text);
}
