import type { Issue } from '../../../core/index.ts';
import { credentialMessages } from '../../credentials.ts';
import type { Messages } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';

const FIELDS = { email: 'email', password: 'password', passwordConfirm: 'passwordConfirm' };

/** What is wrong with an account's e-mail or password; other fields are named above the form. */
export function accountMessages(issues: readonly Issue[], { texts }: Visit): Messages {
  const { accounts, credentialIssues, setup } = texts;
  const words = { ...setup, notAccepted: accounts.otherField, notCreatedOther: credentialIssues.other };
  return credentialMessages(issues, { ...texts, setup: words }, FIELDS);
}
