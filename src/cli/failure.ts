import { CommanderError } from 'commander';
import { AppError, type Issue } from '../core/errors.ts';
import { sentence, visible } from '../lib/text.ts';
import { OperatorError } from '../server/operator-error.ts';

/** What went wrong, as one sentence on one line for whoever typed the command. */
export function describeFailure(error: unknown): string {
  // A storage's own words may be in it: names of keys, whose it is.
  return visible(wordsFor(error));
}

function wordsFor(error: unknown): string {
  if (error instanceof OperatorError) return oneLine(error.message);
  if (error instanceof CommanderError) return sentence(oneLine(error.message.replace(/^error: /, '')));
  if (error instanceof AppError) return describeAppError(error);
  return sentence(oneLine(`Something went wrong: ${error instanceof Error ? error.message : String(error)}`));
}

function describeAppError(error: AppError): string {
  const issue = error.issues[0];
  if (issue) return describeIssue(issue);
  if (error.reason === 'backup_damaged') return describeDamage(error);
  if (error.reason === 'backup_unusable')
    return sentence(oneLine(`The archive cannot be used: ${String(error.params.why)}`));
  const known =
    sentences.get(`${error.code} ${error.reason}`) ??
    sentences.get(error.reason ?? '') ??
    sentences.get(error.code);
  if (known) return known;
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
  return sentence(oneLine(`The command failed: ${error.message}${cause}`));
}

function describeDamage({ params }: AppError): string {
  const objects = Array.isArray(params.objects) ? params.objects.join(', ') : '';
  const more = params.more === true ? ' and others' : '';
  return `No backup was taken, because files are missing or damaged: ${objects}${more}. \`dossier storage verify\` lists them all; with --skip-damaged a backup is taken without them.`;
}

const sentences = new Map([
  ['record', 'There is no such superuser.'],
  ['not_found storage', 'There is no storage of that name; "dossier storage list" names them.'],
  ['unavailable storage', 'The storage does not answer.'],
  ['last_superuser', 'The last superuser cannot be deleted.'],
  ['storage_full', 'There is no room left on the disk.'],
  ['backup', 'There is no such backup.'],
  [
    'storage_work_running',
    'Another check, move or tidying of the stored files is running; wait for it to end.',
  ],
  ['backup_running', 'Another backup is being taken, uploaded or restored; wait for it to end.'],
  ['superusers_only', 'Only superusers may do this.'],
]);

const issueWords = new Map([
  ['required', 'cannot be blank'],
  ['not_unique', 'is already in use'],
  ['backup_name_exists', 'is that of another backup'],
  ['is_email', 'must look like name@example.com'],
  ['common_password', 'is among the passwords that attackers try first'],
]);

function describeIssue({ path, code, params }: Issue): string {
  const subject = path === 'email' ? 'The e-mail' : `The ${path}`;
  const words = issueWords.get(code);
  if (words) return `${subject} ${words}.`;
  if (typeof params?.min === 'number') return `${subject} must be at least ${params.min} characters long.`;
  if (typeof params?.max === 'number') return `${subject} must be at most ${params.max} characters long.`;
  return `${subject} is not valid (${code}).`;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}
