import { SAMPLE_LOGIN } from '../../core/index.ts';
import { shellWord } from '../../lib/code.ts';
import { commandText, curlForm, curlJson, curlToken } from '../../lib/curl.ts';
import type { Snippet } from '../dialect.ts';
import { needsAccount, type Sample, TITLES } from './snippets.ts';

/** The requests of the client with curl. */
export function curlSnippets(sample: Sample): readonly Snippet[] {
  const { api, origin, record, wanted, change, values, files } = sample;
  const { rules } = api.collection;
  const base = `${origin}/api/records/v1/${api.name}`;
  const one = (
    action: keyof typeof TITLES,
    about: string,
    signsIn: boolean,
    command: readonly string[],
  ): Snippet => {
    const signIn = signsIn ? curlToken(`${origin}/api/auth/v1/login`, SAMPLE_LOGIN, 'auth_token') : '';
    const auth = signsIn && action !== 'sign_in' ? ['-H "Authorization: Bearer $TOKEN"'] : [];
    const code = signIn + commandText([...command, ...auth]);
    return { action, client: 'curl', language: 'sh', title: TITLES[action], about, code };
  };
  const query = ['limit=20', ...(wanted ? [`filter[${wanted[0]}]=${wanted[1]}`] : [])];
  const address = `${base}/${encodeURIComponent(String(record))}`;
  const snippets = [
    one('sign_in', 'The token is good for an hour.', true, ['echo "$TOKEN"']),
    one('list', 'Without the filter it is all that the list rule shows.', needsAccount(rules.list), [
      `curl -sS -G ${shellWord(base)}`,
      ...query.map((each) => `--data-urlencode ${shellWord(each)}`),
    ]),
    one('view', 'It has all that the view rule shows.', needsAccount(rules.view), [
      `curl -sS ${shellWord(address)}`,
    ]),
    one(
      'create',
      'Files are sent as parts of a form, by their names on this machine.',
      needsAccount(rules.create),
      [
        `curl -sS -X POST ${shellWord(base)}`,
        ...(files.length > 0 ? curlForm(values, files) : curlJson(values)),
      ],
    ),
    one('update', 'What is not sent stays as it is.', needsAccount(rules.update), [
      `curl -sS -X PATCH ${shellWord(address)}`,
      ...curlJson(change),
    ]),
    one('delete', 'Its files are removed with it.', needsAccount(rules.delete), [
      `curl -sS -X DELETE ${shellWord(address)}`,
    ]),
  ];
  if (!api.subscriptions) return snippets;
  const listen = [`curl -sS -N ${shellWord(`${base}/subscribe/*`)}`];
  return [...snippets, one('subscribe', 'Events come until it is ended.', needsAccount(rules.list), listen)];
}
