import type { Collection } from '../../../core/index.ts';
import type { Visit } from '../../visit.ts';
import { newAccountPath } from '../accounts/paths.ts';
import { collectionTabs } from '../collections/tabs.ts';
import { operationsTabs } from '../operations/tabs.ts';
import { isWritable } from '../records/grid-state.ts';
import { collectionPath } from '../records/paths.ts';

/** Somewhere to go. */
export interface Place {
  readonly title: string;
  /** What it is, in a word or two. */
  readonly kind: string;
  readonly path: string;
}

/** Pages and actions of the console itself. */
export function pagePlaces(visit: Visit): readonly Place[] {
  const { texts } = visit;
  const { palette, frame } = texts;
  const page = (title: string, path: string): Place => ({ title, path, kind: palette.kinds.page });
  const action = (title: string, path: string): Place => ({ title, path, kind: palette.kinds.action });
  return [
    page(frame.overview, '/_/'),
    page(frame.collections, '/_/collections'),
    page(frame.files, '/_/files'),
    page(frame.accounts, '/_/accounts'),
    ...operationsTabs(visit, 'backups').map(({ text, path }) => page(text, path)),
    page(frame.yourAccount, '/_/account'),
    page(texts.shortcuts.title, '/_/shortcuts'),
    action(texts.newCollection.title, '/_/collections/new'),
    action(texts.requests.liveTitle, '/_/operations/requests/live'),
    action(texts.operations.backups.takeTitle, '/_/operations/backups'),
    action(texts.settings.mailTitle, '/_/operations/settings#mail-title'),
    action(texts.settings.storageTitle, '/_/operations/storage'),
    action(texts.account.factorTitle, '/_/account#factor-title'),
    action(texts.account.sessionsTitle, '/_/account#sessions-title'),
    action(palette.changePassword, '/_/account#password-title'),
    action(palette.changeLook, '/_/account#look-title'),
  ];
}

/** A collection, its pages, and what can be done in it. */
export function collectionPlaces({ texts }: Visit, collection: Collection): readonly Place[] {
  const { palette } = texts;
  const { name } = collection;
  const [records, ...others] = collectionTabs(texts, collection, 'records');
  return [
    { title: name, kind: palette.kinds.collection, path: records?.path ?? collectionPath(name) },
    ...others.map(({ text, path }) => ({ title: palette.tabOf(text, name), path, kind: palette.kinds.page })),
    ...makingPaths(collection).map((path) => ({
      title: palette.newRecord(name),
      kind: palette.kinds.action,
      path,
    })),
  ];
}

/** Where a record is made: superusers are, among the accounts, and other records of the server are not. */
function makingPaths(collection: Collection): readonly string[] {
  const { name, system, type } = collection;
  if (system) return type === 'auth' ? [newAccountPath(name)] : [];
  return isWritable(collection) ? [`${collectionPath(name)}/records/new`] : [];
}
