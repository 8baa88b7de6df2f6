import { account } from './en/account.ts';
import { accounts } from './en/accounts.ts';
import { collections } from './en/collections.ts';
import { connect } from './en/connect.ts';
import { definition } from './en/definition.ts';
import { files } from './en/files.ts';
import { filters } from './en/filters.ts';
import { frame, notes } from './en/frame.ts';
import { about, health } from './en/health.ts';
import { issues } from './en/issues.ts';
import { definitionIssues, newCollection } from './en/new-collection.ts';
import { operations } from './en/operations.ts';
import { overview } from './en/overview.ts';
import { palette, shortcuts } from './en/palette.ts';
import { records } from './en/records.ts';
import { requests } from './en/requests.ts';
import { restoration } from './en/restoration.ts';
import { rules, trial } from './en/rules.ts';
import { settings } from './en/settings.ts';
import { setup } from './en/setup.ts';
import { credentialIssues, signIn } from './en/sign-in.ts';
import { sql } from './en/sql.ts';
import { storage } from './en/storage.ts';

/** English, by the areas of the console. */
export const en = {
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
