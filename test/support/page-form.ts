/** What a browser would send of the form of a record: names and values in order. */
export async function pageForm(page: string): Promise<[string, string][]> {
  const parts: [string, string][] = [];
  let inForm = false;
  let select: { name: string; value: string | undefined } | undefined;
  const rewriter = new HTMLRewriter()
    .on('form.record-form', {
      element(form) {
        inForm = true;
        form.onEndTag(() => {
          inForm = false;
        });
      },
    })
    .on('input', {
      element(input) {
        const type = input.getAttribute('type') ?? 'text';
        const name = input.getAttribute('name') ?? '';
        const isUnchecked = ['checkbox', 'radio'].includes(type) && !input.hasAttribute('checked');
        if (!inForm || isUnchecked || type === 'file' || type === 'search' || name === 'csrf') return;
        parts.push([name, decode(input.getAttribute('value') ?? '')]);
      },
    })
    .on('textarea', {
      element(area) {
        if (inForm) parts.push([area.getAttribute('name') ?? '', '']);
      },
      text({ text }) {
        const last = parts.at(-1);
        if (inForm && last) last[1] += text;
      },
    })
    .on('select', {
      element(element) {
        const chosen: { name: string; value: string | undefined } = {
          name: element.getAttribute('name') ?? '',
          value: undefined,
        };
        select = chosen;
        element.onEndTag(() => {
          if (inForm) parts.push([chosen.name, chosen.value ?? '']);
        });
      },
    })
    .on('option', {
      element(option) {
        if (select && option.hasAttribute('selected'))
          select.value = decode(option.getAttribute('value') ?? '');
      },
    });
  await rewriter.transform(new Response(page)).text();
  // A browser drops the line end after the tag of a text area, and sends the others as CRLF.
  return parts.map(([name, value]) => [
    name,
    decode(value.startsWith('\n') ? value.slice(1) : value).replaceAll('\n', '\r\n'),
  ]);
}

/** The parts with some of them replaced, or added at the end. */
export function typing(
  parts: readonly (readonly [string, string])[],
  changes: Readonly<Record<string, string>>,
): [string, string][] {
  const left = new Map(Object.entries(changes));
  const changed = parts.map(([name, value]): [string, string] => {
    const typed = left.get(name);
    left.delete(name);
    return [name, typed ?? value];
  });
  return [...changed, ...left];
}

function decode(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}
