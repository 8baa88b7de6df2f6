import { AppError } from '../core/index.ts';
import type { Console } from './console.ts';
import type { Html } from './html.ts';
import { waitText } from './pages/sign-in/wait.ts';
import { type Messages, textField } from './parts/form.ts';
import type { Form, Visit } from './visit.ts';

/** Characters of a password. */
const LONGEST = 255;

/** An input for one's own password, in a form that does something grave. */
export interface OwnPasswordField {
  /** Unlike any other of the page. */
  readonly name: string;
  readonly messages: Messages;
  readonly hint?: string;
  /** False where the form asks for it in some cases only. */
  readonly isRequired?: boolean;
}

/** An {@link OwnPasswordField} as markup. */
export function ownPasswordField({ texts }: Visit, { isRequired = true, ...field }: OwnPasswordField): Html {
  return textField({
    ...{ ...field, isRequired, label: texts.account.ownPassword, type: 'password' },
    ...{ autocomplete: 'current-password', maxLength: LONGEST },
  });
}

/**
 * What is wrong with one's own password as a form says it in the field `name`; undefined when it is right. A session that somebody
 * left open must not make, or take over, other accounts (SECURITY-REQUIREMENTS 7.7). Attempts count as those to sign in do.
 */
export async function ownPasswordProblem(
  { core }: Pick<Console, 'core'>,
  { texts, actor, email, account }: Visit,
  form: Form,
  name: string,
): Promise<Messages | undefined> {
  const wrong = new Map([[name, texts.credentialIssues.invalid_old_password]]);
  const password = form.get(name);
  if (password === '' || password.length > LONGEST) return wrong;
  try {
    const found = await core.auth.checkPassword(actor, { identity: email, password, of: 'superusers' });
    return found?.record.id === account.record.id ? undefined : wrong;
  } catch (error) {
    if (!(error instanceof AppError) || error.reason !== 'too_many_attempts') throw error;
    return new Map([['', waitText(error, texts.signIn)]]);
  }
}
