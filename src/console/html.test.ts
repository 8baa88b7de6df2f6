import { describe, expect, test } from 'bun:test';
import fc from 'fast-check';
import { html } from './html.ts';

describe('html', () => {
  test('text is escaped, markup and lists of markup are kept', () => {
    const items = ['a < b', '"c" & \'d\''].map((text) => html`<li>${text}</li>`);
    expect(String(html`<ul>${items}</ul>`)).toBe(
      '<ul><li>a &lt; b</li><li>&quot;c&quot; &amp; &#39;d&#39;</li></ul>',
    );
  });

  test('nothing is written for what is not there, and zero is a number', () => {
    expect(String(html`${undefined}${null}${false}${''}${0}`)).toBe('0');
  });

  test('no text can end an element or an attribute', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const inner = String(html`<p title="${text}">${text}</p>`).slice('<p title="'.length, -'</p>'.length);
        expect(inner.replace('">', '')).not.toMatch(/[<>"']/);
      }),
      { numRuns: 200 },
    );
  });
});
