import type { Tab } from '../../layout.ts';
import type { Visit } from '../../visit.ts';

/** The pages about the server, in the order of their tabs; each is `/_/operations/<name>`. */
const pages = ['requests', 'backups', 'storage', 'jobs', 'settings', 'sql', 'health', 'about'] as const;

/** One of the pages about the server. */
type OperationsPage = (typeof pages)[number];

/** Where the pages about the server begin. */
export const FIRST_PAGE = `/_/operations/${pages[0]}`;

/** The tabs of the pages about the server. */
export function operationsTabs({ texts }: Visit, open: OperationsPage): readonly Tab[] {
  return pages.map((name) => ({
    text: texts.operations.tabs[name],
    path: `/_/operations/${name}`,
    isOpen: name === open,
  }));
}
