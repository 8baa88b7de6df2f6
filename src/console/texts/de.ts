import { account } from './de/account.ts';
import { accounts } from './de/accounts.ts';
import { collections } from './de/collections.ts';
import { connect } from './de/connect.ts';
import { definition } from './de/definition.ts';
import { files } from './de/files.ts';
import { filters } from './de/filters.ts';
import { frame, notes } from './de/frame.ts';
import { about, health } from './de/health.ts';
import { issues } from './de/issues.ts';
import { definitionIssues, newCollection } from './de/new-collection.ts';
import { operations } from './de/operations.ts';
import { overview } from './de/overview.ts';
import { palette, shortcuts } from './de/palette.ts';
import { records } from './de/records.ts';
import { requests } from './de/requests.ts';
import { restoration } from './de/restoration.ts';
import { rules, trial } from './de/rules.ts';
import { settings } from './de/settings.ts';
import { setup } from './de/setup.ts';
import { credentialIssues, signIn } from './de/sign-in.ts';
import { sql } from './de/sql.ts';
import { storage } from './de/storage.ts';
import type { en } from './en.ts';

/** German. */
export const de: typeof en = {
  frame,
  notes,
  overview,
  palette,
  shortcuts,
  setup,
  signIn,
  credentialIssues,
  account,
  accounts,
  collections,
  connect,
  definition,
  definitionIssues,
  issues,
  newCollection,
  records,
  filters,
  rules,
  trial,
  files,
  operations,
  restoration,
  requests,
  health,
  about,
  storage,
  settings,
  sql,
};
