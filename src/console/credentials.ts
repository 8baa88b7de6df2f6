import type { Issue } from '../core/index.ts';
import type { Messages } from './parts/form.ts';
import type { Texts } from './texts/index.ts';

/** Messages for people by field, from the issues of an e-mail or a password. Issues at other fields are gathered under ''. */
export function credentialMessages(
  issues: readonly Issue[],
  { credentialIssues, setup }: Texts,
  names: Readonly<Record<string, string>>,
): Messages {
  const messages = new Map<string, string>();
  for (const { path, code, params } of issues) {
    const field = names[path] ?? '';
    const text = field === '' ? setup.notAccepted(path, code) : messageOf(code, params, credentialIssues);
    if (!messages.has(field)) messages.set(field, text);
  }
  if (messages.size === 0) messages.set('', setup.notCreatedOther);
  return messages;
}

function messageOf(code: string, params: Issue['params'], texts: Texts['credentialIssues']): string {
  const known = Object.entries(texts).find(([key]) => key === code)?.[1];
  if (typeof known === 'string') return known;
  if (typeof params?.min === 'number') return texts.atLeast(params.min);
  if (typeof params?.max === 'number') return texts.atMost(params.max);
  return texts.other;
}
