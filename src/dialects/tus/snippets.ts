import { type Collection, SAMPLE_LOGIN, type SampleFile, sampleRecord } from '../../core/index.ts';
import { jsLiteral, jsObject, shellWord } from '../../lib/code.ts';
import { commandText, curlToken } from '../../lib/curl.ts';
import type { Snippet, SnippetPlace } from '../dialect.ts';
import { BASE } from './wire.ts';

/** Snippets that upload to each file field of a collection, by tus-js-client and by curl. Accounts' passwords cannot wait in an upload. */
export function tusSnippets(collection: Collection, place: SnippetPlace): readonly Snippet[] {
  const { values, files } = sampleRecord(collection, place.related);
  if (collection.type === 'auth' && place.record === undefined) return [];
  const rule = place.record === undefined ? collection.rules.create : collection.rules.update;
  const who = rule === '' ? undefined : signInAs(collection, rule, place);
  return files.flatMap((file) => {
    const metadata = {
      ...{ collection: collection.name, field: file.field.name },
      ...(place.record === undefined ? { data: JSON.stringify(values) } : { record: place.record }),
      filename: file.name,
    };
    return [clientSnippet(place.origin, file, metadata, who), curlSnippet(place.origin, file, metadata, who)];
  });
}

type Metadata = Readonly<Record<string, string>>;

function signInAs(collection: Collection, rule: string | null, { core }: SnippetPlace): string {
  if (rule === null) return '_superusers';
  if (collection.type === 'auth') return collection.name;
  const { schema } = core.collections;
  const accounts =
    schema.byName('users') ?? schema.collections.find(({ type, system }) => type === 'auth' && !system);
  return accounts?.name ?? '_superusers';
}

const ABOUT =
  'An upload that breaks off goes on where it stopped. In a browser, the file comes from an input: input.files[0].';

function clientSnippet(
  origin: string,
  { field, name }: SampleFile,
  metadata: Metadata,
  who: string | undefined,
): Snippet {
  const options: [string, string][] = [
    ['endpoint', jsLiteral(`${origin}${BASE}/`)],
    ['metadata', jsLiteral(metadata, 2)],
    ['onProgress', '(sent, total) => console.log(sent, "of", total)'],
    ['onSuccess', '() => console.log("uploaded")'],
    ['onError', '(error) => console.error(error)'],
  ];
  if (who !== undefined) options.splice(1, 0, ['headers', '{ Authorization: token }']);
  const signIn = `const answer = await fetch(${jsLiteral(signInAddress(origin, who))}, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ identity: ${jsLiteral(SAMPLE_LOGIN.email)}, password: ${jsLiteral(SAMPLE_LOGIN.password)} }),
});
const { token } = await answer.json();
`;
  const code = [
    'import { readFile } from "node:fs/promises";',
    'import { Upload } from "tus-js-client";',
    '',
    `${who === undefined ? '' : signIn}const file = await readFile(${jsLiteral(name)});`,
    `new Upload(file, ${jsObject(options)}).start();`,
    '',
  ].join('\n');
  return {
    ...{ action: 'upload', client: 'tus-js-client', language: 'js', about: ABOUT },
    title: `Upload to ${field.name}`,
    code,
  };
}

function curlSnippet(
  origin: string,
  { field, name }: SampleFile,
  metadata: Metadata,
  who: string | undefined,
): Snippet {
  const pairs = Object.entries(metadata).map(
    ([key, value]) => `${key} ${Buffer.from(value).toString('base64')}`,
  );
  const credentials = { identity: SAMPLE_LOGIN.email, password: SAMPLE_LOGIN.password };
  const signIn = curlToken(signInAddress(origin, who), credentials, 'token');
  const command = [
    `curl -sS -i -X POST ${shellWord(`${origin}${BASE}/`)}`,
    "-H 'Tus-Resumable: 1.0.0'",
    "-H 'Content-Type: application/offset+octet-stream'",
    `-H "Upload-Length: $(wc -c < ${shellWord(name)} | tr -d ' ')"`,
    `-H ${shellWord(`Upload-Metadata: ${pairs.join(',')}`)}`,
    ...(who === undefined ? [] : ['-H "Authorization: $TOKEN"']),
    `--data-binary ${shellWord(`@${name}`)}`,
  ];
  return {
    ...{ action: 'upload', client: 'curl', language: 'sh' },
    title: `Upload to ${field.name}`,
    about: 'The whole file in one request; a client that goes on later asks HEAD for the offset first.',
    code: (who === undefined ? '' : signIn) + commandText(command),
  };
}

function signInAddress(origin: string, who = ''): string {
  return `${origin}/api/collections/${who}/auth-with-password`;
}
