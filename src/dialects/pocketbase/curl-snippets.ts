import { printFilter, SAMPLE_LOGIN } from '../../core/index.ts';
import { shellWord } from '../../lib/code.ts';
import { commandText, curlForm, curlJson, curlToken } from '../../lib/curl.ts';
import type { Snippet, SnippetAction } from '../dialect.ts';
import type { Sample } from './snippets.ts';

/** The same requests with curl. */
export function curlSnippets(
  sample: Sample,
  titles: Readonly<Record<SnippetAction, string>>,
): readonly Snippet[] {
  const { origin, collection, record, wanted, sort, change, signInAs, accounts } = sample;
  const { values, files } = sample.sample;
  const signInAddress = (who: string) => `${origin}/api/collections/${who}/auth-with-password`;
  const credentials = { identity: SAMPLE_LOGIN.email, password: SAMPLE_LOGIN.password };
  const base = `${origin}/api/collections/${collection.name}/records`;
  const one = (
    action: SnippetAction,
    about: string,
    who: string | undefined,
    command: readonly string[],
  ): Snippet => {
    const signIn = who === undefined ? '' : curlToken(signInAddress(who), credentials, 'token');
    const auth = who === undefined || action === 'sign_in' ? [] : ['-H "Authorization: $TOKEN"'];
    const code = signIn + commandText([...command, ...auth]);
    return { action, client: 'curl', language: 'sh', title: titles[action], about, code };
  };
  const query = [`sort=${sort}`];
  if (wanted) query.unshift(`filter=${filterText(wanted)}`);
  return [
    one('sign_in', 'The token goes into the Authorization header.', accounts, ['echo "$TOKEN"']),
    one('list', 'Without the filter it is all that the list rule shows.', signInAs.list, [
      `curl -sS -G ${shellWord(base)}`,
      ...query.map((each) => `--data-urlencode ${shellWord(each)}`),
    ]),
    one('view', 'With ?expand=field records come along that it leads to.', signInAs.view, [
      `curl -sS ${shellWord(`${base}/${record}`)}`,
    ]),
    one('create', 'Files are sent as parts of a form, by their names on this machine.', signInAs.create, [
      `curl -sS -X POST ${shellWord(base)}`,
      ...(files.length > 0 ? curlForm(values, files) : curlJson(values)),
    ]),
    one('update', 'What is not sent stays as it is.', signInAs.update, [
      `curl -sS -X PATCH ${shellWord(`${base}/${record}`)}`,
      ...curlJson(change),
    ]),
    one('delete', 'Its files are removed with it.', signInAs.delete, [
      `curl -sS -X DELETE ${shellWord(`${base}/${record}`)}`,
    ]),
  ];
}

function filterText([path, value]: NonNullable<Sample['wanted']>): string {
  const left = { kind: 'path', path } as const;
  const right =
    typeof value === 'string'
      ? ({ kind: 'text', value } as const)
      : typeof value === 'number'
        ? ({ kind: 'number', text: String(value) } as const)
        : ({ kind: 'path', path: String(value) } as const);
  return printFilter({ kind: 'compare', op: '=', any: false, left, right });
}
