import type { Issue } from '../../core/index.ts';

const words: ReadonlyMap<string, string> = new Map([
  ['required', 'This cannot be blank.'],
  ['is_email', 'This is not an e-mail address.'],
  ['common_password', 'This password is among those that attackers try first. Choose another.'],
  ['not_unique', 'This e-mail is in use already.'],
]);

/** Messages for people by field, from the issues of an input. Issues at other fields are gathered under ''. */
export function messagesOf(issues: readonly Issue[]): ReadonlyMap<string, string> {
  const messages = new Map<string, string>();
  for (const issue of issues) {
    const field = ['email', 'password', 'passwordConfirm'].includes(issue.path) ? issue.path : '';
    if (!messages.has(field)) messages.set(field, messageOf(issue, field));
  }
  if (messages.size === 0) messages.set('', 'The superuser was not created. Check what you typed.');
  return messages;
}

function messageOf({ path, code, params }: Issue, field: string): string {
  if (field === '') return `The superuser was not created: the field ${path} was not accepted (${code}).`;
  const known = words.get(code);
  if (known) return known;
  if (typeof params?.min === 'number') return `At least ${params.min} characters, please.`;
  if (typeof params?.max === 'number') return `At most ${params.max} characters, please.`;
  return 'This was not accepted.';
}
