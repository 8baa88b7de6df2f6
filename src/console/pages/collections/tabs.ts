import type { Collection } from '../../../core/index.ts';
import type { Tab } from '../../layout.ts';
import type { Texts } from '../../texts/index.ts';
import { collectionPath } from '../records/paths.ts';

/** The pages of one collection, by their words in `texts.collections.tabs`, and what their path adds to the collection's. */
const pages = [
  { name: 'records', path: '' },
  { name: 'rules', path: '/rules' },
  { name: 'connect', path: '/connect' },
  { name: 'definition', path: '/definition' },
] as const;

/** The tabs of a collection's pages, of which one is open. */
export function collectionTabs(
  { collections }: Texts,
  { name }: Pick<Collection, 'name'>,
  open: (typeof pages)[number]['name'],
): readonly Tab[] {
  return pages.map((page) => ({
    text: collections.tabs[page.name],
    path: collectionPath(name) + page.path,
    isOpen: page.name === open,
  }));
}
