import type { Collection } from '../../../core/index.ts';
import { type Html, html } from '../../html.ts';
import { type GridState, gridPath } from './grid-state.ts';
import { collectionPath } from './paths.ts';

/** The page that builds a filter, from the one of the grid as it is. */
export function filterPath(collection: Collection, state: GridState): string {
  const { search } = new URL(gridPath(collection, state, { page: 1, isCounted: false }), 'http://localhost');
  return `${collectionPath(collection.name)}/filter${search}`;
}

/** How htmx puts a builder there. While it settles, elements would get back attributes that those inside have changed. */
export const BUILDER_SWAP = 'innerHTML settle:0';

/** Where a builder stands, in the page of the grid or its own. Of answers on their way only the last is wanted. */
export function builderPlace(content?: Html): Html {
  return html`<typed-values><div id="filter-builder" class="builder-place" hx-target:inherited="#filter-builder"
    hx-swap:inherited="${BUILDER_SWAP}" hx-push-url:inherited="false"
    hx-sync:inherited="#filter-builder:replace">${content}</div></typed-values>`;
}
