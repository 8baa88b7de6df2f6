import { type Html, html } from '../html.ts';

/** Lines of pictures of 24 by 24 units. */
const paths = {
  dossier: 'M3 7v12h18V9h-9l-2-3H3zM7 13h10M7 16h6',
  overview: 'M4 11l8-7 8 7v9h-5v-6H9v6H4z',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5L21 21',
  collections: 'M4 6h16M4 12h16M4 18h16M9 4v16',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c1-4 4-6 8-6s7 2 8 6',
  accounts:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM3 20c.5-4 3-6 6-6s5.5 2 6 6M15.5 4.5a3.5 3.5 0 0 1 0 6M18 14.5c1.7 1 2.7 3 3 5.5',
  leave: 'M10 4H5v16h5M9 12h11M16 8l4 4-4 4',
  files: 'M8 3h7l4 4v11H8zM15 3v4h4M5 7v14h11',
  operations: 'M4 7h9M17 7h3M4 17h3M11 17h9M13 5v4M11 15v4',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4',
  up: 'M6 15l6-6 6 6',
  down: 'M6 9l6 6 6-6',
  empty: 'M3 13l3-8h12l3 8v6H3zM3 13h5l2 3h4l2-3h5',
} as const;

/** A picture that says nothing which a word beside it does not say. */
export function icon(name: keyof typeof paths): Html {
  return html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d="${paths[name]}"/></svg>`;
}
