/** Markup that is safe to send: made by {@link html} only. */
export class Html {
  readonly #markup: string;

  /** Only for {@link html}; everything else goes through it. */
  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** What may stand in a template: text and numbers are escaped, markup is kept, lists are joined, nothing is nothing. */
export type HtmlValue = Html | string | number | readonly HtmlValue[] | undefined | null | false;

/**
 * The only way to make markup: `` html`<p title="${text}">${text}</p>` ``. Every value is escaped for element content and
 * for attribute values in double or single quotes. Attributes must be quoted; nothing may be put inside `<script>`,
 * `<style>`, an event attribute or an address that came from outside.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let markup = strings[0] ?? '';
  values.forEach((value, index) => {
    markup += render(value) + (strings[index + 1] ?? '');
  });
  return new Html(markup);
}

function render(value: HtmlValue): string {
  if (value === undefined || value === null || value === false) return '';
  if (value instanceof Html) return value.toString();
  if (typeof value === 'string') return escapeHtml(value);
  if (typeof value === 'number') return String(value);
  return value.map(render).join('');
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (char) => entities[char] ?? '');
}
