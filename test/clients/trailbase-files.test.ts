import { afterAll, beforeAll, describe, expect, test } from 'bun:test';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import PocketBase from 'pocketbase';
import { initClient } from 'trailbase';
import { photoHeld } from '../fixtures/images.ts';
import { settledAudit } from '../support/audit.ts';
import { binaryPath } from '../support/binary.ts';
import { hasProgram } from '../support/debian-package.ts';
import {
  ADMIN,
  makeSuperuser,
  removeFolder,
  runCommand,
  startServer,
  type TestServer,
  temporaryFolder,
} from '../support/server.ts';

// The snippets of the Files API's documentation, as they stand there, against the compiled binary: addresses, ids and tokens
// are put in their places, and nothing else is changed.

const TABLES = `
CREATE TABLE profiles (
id BLOB PRIMARY KEY,
name TEXT NOT NULL,
avatar BLOB CHECK(is_file_upload(avatar))
);
CREATE TABLE documents (
id BLOB PRIMARY KEY,
title TEXT NOT NULL,
attachments BLOB CHECK(is_file_uploads(attachments))
);
`;

const PICTURES = `
CREATE TABLE pictures (
id BLOB PRIMARY KEY,
avatar BLOB CHECK(
is_file_upload(avatar) AND
json_extract(avatar, '$.content_type') IN ('image/jpeg', 'image/png', 'image/webp')
)
);
CREATE TABLE owned (
id BLOB PRIMARY KEY,
owner BLOB REFERENCES _user(id),
file BLOB CHECK(is_file_uploads(file)),
avatar BLOB CHECK(is_file_upload(avatar))
);
`;

const APIS = `
record_apis: [
  { name: "profiles" table_name: "profiles" acl_authenticated: [CREATE, READ, UPDATE, DELETE] },
  { name: "documents" table_name: "documents" acl_authenticated: [CREATE, READ, UPDATE, DELETE] },
  { name: "pictures" table_name: "pictures" acl_authenticated: [CREATE, READ, UPDATE, DELETE] },
  {
    name: "owned"
    table_name: "owned"
    acl_authenticated: [CREATE, READ, UPDATE, DELETE]
    autofill_missing_user_id_columns: true
    read_access_rule: "_ROW_.owner = _USER_.id"
  }
]
`;

const PASSWORD = 'keeps-many-files';
let folder: string;
let server: TestServer;
let authToken: string;
let otherToken: string;
let photo: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  await hasProgram('curl');
  folder = temporaryFolder();
  const dir = join(folder, 'data');
  const command = [await binaryPath()];
  await makeSuperuser(dir, command);
  writeFileSync(join(folder, 'tables.sql'), TABLES + PICTURES);
  writeFileSync(join(folder, 'apis.textproto'), APIS);
  const files = ['--sql', join(folder, 'tables.sql'), '--trailbase-config', join(folder, 'apis.textproto')];
  const made = await runCommand(['collection', 'create', ...files, '--dir', dir], { command });
  expect([made.code, made.stderr]).toEqual([0, '']);
  server = await startServer({ command, dir });
  const admin = new PocketBase(server.base).autoCancellation(false);
  await admin.collection('_superusers').authWithPassword(ADMIN.email, ADMIN.password);
  for (const name of ['owner', 'other']) {
    const account = { email: `${name}@example.com`, password: PASSWORD, passwordConfirm: PASSWORD };
    await admin.collection('users').create({ ...account, verified: true });
  }
  authToken = await tokenOf('owner');
  otherToken = await tokenOf('other');
  photo = new Uint8Array(await photoHeld(1));
  writeFileSync(join(folder, 'avatar.jpg'), photo);
  writeFileSync(join(folder, 'document.pdf'), '%PDF-1.4\n%one\n');
  writeFileSync(join(folder, 'another.pdf'), '%PDF-1.4\n%two\n');
}, 180_000);

afterAll(async () => {
  await server?.stop();
  removeFolder(folder);
});

async function tokenOf(name: string): Promise<string> {
  const client = initClient(server.base);
  await client.login(`${name}@example.com`, PASSWORD);
  return client.tokens()?.auth_token ?? '';
}

/** Runs a command of the page with its places filled in; gives what it printed. */
async function shell(snippet: string, places: Readonly<Record<string, string>> = {}): Promise<string> {
  let script = snippet
    .replaceAll('https://your-instance.com', server.base)
    .replaceAll('YOUR_AUTH_TOKEN', authToken)
    .replaceAll('OWNER_TOKEN', authToken)
    .replaceAll('OTHER_USER_TOKEN', otherToken)
    .replaceAll('/path/to/new-avatar.jpg', join(folder, 'avatar.jpg'))
    .replaceAll('/path/to/', `${folder}/`);
  for (const [place, value] of Object.entries(places)) script = script.replaceAll(place, value);
  const path = join(folder, 'snippet.sh');
  writeFileSync(path, script);
  chmodSync(path, 0o700);
  const child = Bun.spawn(['sh', path], { cwd: folder, stdout: 'pipe', stderr: 'ignore' });
  const printed = await new Response(child.stdout).text();
  await child.exited;
  return printed;
}

/** The body of a snippet in TypeScript or JavaScript as a function of the names that it uses. */
function code(names: readonly string[], body: string): (...values: readonly unknown[]) => Promise<unknown> {
  const transpiled = new Bun.Transpiler({ loader: 'ts' }).transformSync(
    `export default async (${names.join(', ')}) => {\n${body}\n}`,
  );
  const path = join(folder, `snippet-${Bun.hash(body)}.mjs`);
  writeFileSync(path, transpiled.replaceAll('https://your-instance.com', server.base));
  return async (...values) => (await import(path)).default(...values);
}

async function readRecord(api: string, id: string): Promise<Record<string, unknown>> {
  const response = await fetch(`${server.base}/api/records/v1/${api}/${id}`, {
    headers: { authorization: `Bearer ${authToken}` },
  });
  return JSON.parse(await response.text());
}

function idOf(answer: string): string {
  const { ids }: { ids: string[] } = JSON.parse(answer);
  expect(ids).toHaveLength(1);
  return ids[0] ?? '';
}

const create = () =>
  shell(`curl -X POST https://your-instance.com/api/records/v1/profiles \\
-H "Authorization: Bearer YOUR_AUTH_TOKEN" \\
-F "name=John Doe" \\
-F "bio=Software Developer" \\
-F "avatar=@/path/to/avatar.jpg"`);

describe('with curl', () => {
  test('a record is made with its file, changed and downloaded', async () => {
    const id = idOf(await create());
    const before = await readRecord('profiles', id);
    expect(before).toMatchObject({
      ...{ id, name: 'John Doe' },
      avatar: { name: 'avatar.jpg', original_filename: 'avatar.jpg', size: photo.byteLength },
    });
    expect(before.avatar).toMatchObject({ content_type: 'image/jpeg', mime_type: 'image/jpeg' });
    expect(before).toHaveProperty('avatar.objectstore_id');
    await shell(
      `curl -X PATCH https://your-instance.com/api/records/v1/profiles/abc123 \\
-H "Authorization: Bearer YOUR_AUTH_TOKEN" \\
-F "name=John Doe Updated" \\
-F "avatar=@/path/to/new-avatar.jpg"`,
      { abc123: id },
    );
    const after = await readRecord('profiles', id);
    expect(after.name).toBe('John Doe Updated');
    expect(after.avatar).not.toEqual(before.avatar);
    await shell(
      `curl -X GET https://your-instance.com/api/records/v1/profiles/abc123/file/avatar \\
-H "Authorization: Bearer YOUR_AUTH_TOKEN" \\
-o downloaded.jpg`,
      { abc123: id },
    );
    expect(readFileSync(join(folder, 'downloaded.jpg')).equals(photo)).toBe(true);
    const head = await shell(
      `curl -s -D - -o /dev/null https://your-instance.com/api/records/v1/profiles/abc123/file/avatar -H "Authorization: Bearer YOUR_AUTH_TOKEN"`,
      { abc123: id },
    );
    expect(head).toMatch(/^content-type: image\/jpeg\r$/im);
    expect(head).toMatch(/^content-disposition: attachment\r$/im);
  });

  test('several files go under one name, and each comes back by the name that it had', async () => {
    const id = idOf(
      await shell(`curl -X POST https://your-instance.com/api/records/v1/owned \\
-H "Authorization: Bearer YOUR_AUTH_TOKEN" \\
-F "title=My Document" \\
-F "description=Important file" \\
-F "file=@/path/to/document.pdf" \\
-F "file=@/path/to/another.pdf"`),
    );
    const { file } = await readRecord('owned', id);
    expect(file).toMatchObject([
      { name: 'document.pdf', size: 14, content_type: 'application/pdf' },
      { name: 'another.pdf', size: 14, content_type: 'application/pdf' },
    ]);
    await shell(
      `curl -X GET https://your-instance.com/api/records/v1/owned/abc123/files/file/document.pdf \\
-H "Authorization: Bearer YOUR_AUTH_TOKEN" \\
-o downloaded.pdf`,
      { abc123: id },
    );
    expect(readFileSync(join(folder, 'downloaded.pdf'), 'utf8')).toBe('%PDF-1.4\n%one\n');
  });

  test('the metadata comes with the record', async () => {
    const id = idOf(
      await shell(`curl -s -X POST https://your-instance.com/api/records/v1/documents \\
-H "Authorization: Bearer YOUR_AUTH_TOKEN" \\
-F "title=My Document" -F "attachments=@/path/to/document.pdf"`),
    );
    const answer = await shell(
      `curl -X GET https://your-instance.com/api/records/v1/documents/abc123 \\
-H "Authorization: Bearer YOUR_AUTH_TOKEN"`,
      { abc123: id },
    );
    const record: Record<string, unknown> = JSON.parse(answer);
    expect(record).toMatchObject({ id, title: 'My Document' });
    expect(record).toHaveProperty('attachments.0.objectstore_id');
    expect(record).toMatchObject({
      attachments: [{ name: 'document.pdf', content_type: 'application/pdf' }],
    });
  });

  test('only who may read the record downloads its file', async () => {
    const id = idOf(
      await shell(`curl -s -X POST https://your-instance.com/api/records/v1/owned \\
-H "Authorization: Bearer YOUR_AUTH_TOKEN" -F "avatar=@/path/to/avatar.jpg"`),
    );
    const status = (token: string) =>
      shell(
        `curl -s -o /dev/null -w "%{http_code}" -X GET https://your-instance.com/api/records/v1/owned/abc123/file/avatar \\
-H "Authorization: Bearer ${token}"`,
        { abc123: id },
      );
    expect(await status('OTHER_USER_TOKEN')).toBe('403');
    expect(await status('OWNER_TOKEN')).toBe('200');
  });

  test('a picture column takes pictures only', async () => {
    const upload = (file: string) =>
      shell(`curl -s -o /dev/null -w "%{http_code}" -X POST https://your-instance.com/api/records/v1/pictures \\
-H "Authorization: Bearer YOUR_AUTH_TOKEN" -F "avatar=@/path/to/${file}"`);
    expect(await upload('avatar.jpg')).toBe('200');
    expect(await upload('document.pdf')).toBe('400');
  });
});

/** What an `<input type="file">` holds. */
const chosen = (...names: readonly string[]) => ({
  files: names.map((name) => new File([readFileSync(join(folder, name))], name, { type: 'application/pdf' })),
});

describe('in JavaScript', () => {
  test('a file is uploaded', async () => {
    const upload = code(
      ['fileInput', 'authToken'],
      `const formData = new FormData();
formData.append('title', 'My Document');
formData.append('file', fileInput.files[0]);
const response = await fetch('https://your-instance.com/api/records/v1/documents', {
method: 'POST',
headers: {
'Authorization': \`Bearer \${authToken}\`
},
body: formData
});
const result = await response.json();
return result.ids[0];`,
    );
    const id = await upload(chosen('document.pdf'), authToken);
    expect(await readRecord('documents', String(id))).toMatchObject({ title: 'My Document' });
  });

  test('several files are uploaded', async () => {
    const upload = code(
      ['fileInput', 'authToken'],
      `const formData = new FormData();
formData.append('title', 'Multiple Attachments');
// Append multiple files to the same field
for (const file of fileInput.files) {
formData.append('attachments', file);
}
const response = await fetch('https://your-instance.com/api/records/v1/documents', {
method: 'POST',
headers: {
'Authorization': \`Bearer \${authToken}\`
},
body: formData
});
return response;`,
    );
    const response = await upload(chosen('document.pdf', 'another.pdf'), authToken);
    if (!(response instanceof Response)) throw new Error('no answer');
    const id = idOf(await response.text());
    const { attachments } = await readRecord('documents', id);
    expect(attachments).toMatchObject([{ name: 'document.pdf' }, { name: 'another.pdf' }]);
  });

  test('a file is downloaded, changed, and shown by its address', async () => {
    const id = idOf(await create());
    const download = code(
      ['authToken', 'document', 'URL'],
      `const response = await fetch(
'https://your-instance.com/api/records/v1/profiles/${id}/file/avatar',
{
headers: {
'Authorization': \`Bearer \${authToken}\`
}
}
);
if (response.ok) {
const blob = await response.blob();
const url = URL.createObjectURL(blob);
// Display in img tag
document.querySelector('#avatar').src = url;
// Or trigger download
const a = document.createElement('a');
a.href = url;
a.download = 'avatar.jpg';
a.click();
URL.revokeObjectURL(url);
}`,
    );
    const [picture, link] = [{ src: '' }, { href: '', download: '', clicks: 0 }];
    const page = {
      querySelector: () => picture,
      createElement: () => ({ ...link, click: () => void link.clicks++ }),
    };
    let shown = 0;
    const addresses = {
      createObjectURL(blob: Blob) {
        shown = blob.size;
        return 'blob:it';
      },
      revokeObjectURL: () => undefined,
    };
    await download(authToken, page, addresses);
    expect([picture.src, link.clicks, shown]).toEqual(['blob:it', 1, photo.byteLength]);

    const update = code(
      ['newAvatarFile', 'authToken'],
      `const formData = new FormData();
formData.append('name', 'Updated Name');
formData.append('avatar', newAvatarFile);
const response = await fetch(
'https://your-instance.com/api/records/v1/profiles/${id}',
{
method: 'PATCH',
headers: {
'Authorization': \`Bearer \${authToken}\`
},
body: formData
}
);
return response.status;`,
    );
    expect(await update(new File([photo], 'new.jpg', { type: 'image/jpeg' }), authToken)).toBe(200);
    expect(await readRecord('profiles', id)).toMatchObject({
      name: 'Updated Name',
      avatar: { name: 'new.jpg' },
    });

    const address = code(
      ['userId', 'authToken'],
      `function getAvatarUrl(recordId: string, authToken: string): string {
return \`https://your-instance.com/api/records/v1/profiles/\${recordId}/file/avatar?token=\${authToken}\`;
}
return getAvatarUrl(userId, authToken);`,
    );
    const url = String(await address(id, authToken));
    const picturesOf = async (each: string) => (await fetch(each)).status;
    expect(await picturesOf(url)).toBe(200);
    expect(await picturesOf(url.split('?')[0] ?? '')).toBe(403);
    // Nowhere else does a token in the address count.
    expect(await picturesOf(`${server.base}/api/records/v1/profiles/${id}?token=${authToken}`)).toBe(403);
    expect(server.output()).not.toContain(authToken);
  });

  test('a component of React uploads what was chosen', async () => {
    const states: unknown[] = [];
    const hooks = join(folder, 'react.mjs');
    writeFileSync(
      hooks,
      `let slots = []; let at = 0;
export const useState = (first) => { const i = at++; if (slots.length <= i) slots.push(first); return [slots[i], (v) => { slots[i] = v; }]; };
export const again = () => { at = 0; };
export const h = (type, props, ...children) => ({ type, props: props ?? {}, children: children.flat() });`,
    );
    const source = `import { useState, h } from '${hooks}';
interface UploadResult {
ids: string[];
}
export function FileUpload({ apiName, authToken }: { apiName: string; authToken: string }) {
const [file, setFile] = useState<File | null>(null);
const [uploading, setUploading] = useState(false);
const [error, setError] = useState<string | null>(null);
const handleUpload = async (e: React.FormEvent) => {
e.preventDefault();
if (!file) return;
setUploading(true);
setError(null);
try {
const formData = new FormData();
formData.append('title', file.name);
formData.append('file', file);
const response = await fetch(
\`https://your-instance.com/api/records/v1/\${apiName}\`,
{
method: 'POST',
headers: {
'Authorization': \`Bearer \${authToken}\`
},
body: formData
}
);
if (!response.ok) {
throw new Error(\`Upload failed: \${response.statusText}\`);
}
const result: UploadResult = await response.json();
console.log('Upload successful:', result.ids[0]);
setFile(null);
} catch (err) {
setError(err instanceof Error ? err.message : 'Upload failed');
} finally {
setUploading(false);
}
};
return (
<form onSubmit={handleUpload}>
<input
type="file"
onChange={(e) => setFile(e.target.files?.[0] || null)}
disabled={uploading}
/>
<button type="submit" disabled={!file || uploading}>
{uploading ? 'Uploading...' : 'Upload'}
</button>
{error && <div style={{ color: 'red' }}>{error}</div>}
</form>
);
}`;
    const path = join(folder, 'component.mjs');
    const jsx = { compilerOptions: { jsx: 'react', jsxFactory: 'h' } } as const;
    const plain = new Bun.Transpiler({ loader: 'tsx', tsconfig: JSON.stringify(jsx) }).transformSync(source);
    writeFileSync(path, plain.replaceAll('https://your-instance.com', server.base));
    const { FileUpload } = await import(path);
    const { again } = await import(hooks);
    const render = () => {
      again();
      return FileUpload({ apiName: 'documents', authToken });
    };
    const said = console.log;
    console.log = (...words: unknown[]) => void states.push(words);
    try {
      render().children[0].props.onChange({ target: chosen('document.pdf') });
      expect(render().children[1].props.disabled).toBe(false);
      await render().props.onSubmit({ preventDefault: () => undefined });
    } finally {
      console.log = said;
    }
    expect(render().children[2]).toBeNull();
    expect(states).toEqual([['Upload successful:', expect.stringMatching(/^[\w-]{22}==$/)]]);
  });
});

test('what the snippets leave behind agrees', async () => {
  expect(await settledAudit(join(folder, 'data'))).toEqual([]);
});
