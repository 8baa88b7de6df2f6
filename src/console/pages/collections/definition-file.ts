import type { Console } from '../../console.ts';
import { readUploadForm } from '../../upload-form.ts';
import { createForm, type Visit } from '../../visit.ts';
import { importDefinitions } from './import.ts';
import { newCollectionView } from './new-view.ts';

/** Most bytes of a file of definitions: the page that shows what they do carries them in a form. */
const LONGEST = 600_000;
const BODY = 5_000_000;
const TEXT = 10_000;

/** Shows what the definitions of a file do. */
export async function importDefinitionFile(console: Console, visit: Visit): Promise<Response> {
  const { newCollection } = visit.texts;
  let json: string | undefined;
  let problem: string | undefined;
  const form = await readUploadForm(visit, {
    limits: { body: BODY, text: TEXT },
    async onFile(name, { stream }) {
      if (name !== 'file' || json !== undefined) return;
      const chunks: Uint8Array[] = [];
      let size = 0;
      for await (const chunk of stream) {
        size += chunk.byteLength;
        if (size > LONGEST) break;
        chunks.push(chunk);
      }
      json = '';
      if (size > LONGEST) problem = newCollection.fileTooLong(visit.format.bytes(LONGEST));
      else json = textOf(Buffer.concat(chunks));
      if (json === undefined) problem = newCollection.notText;
      else if (json.trim() === '') problem ??= newCollection.noFile;
    },
  });
  const deleteMissing = form.get('deleteMissing');
  if (json === undefined) problem ??= newCollection.noFile;
  if (json === undefined || problem !== undefined) {
    const values = new Map(Object.entries({ deleteMissing }));
    const messages = new Map([['file', problem ?? newCollection.noFile]]);
    return console.page(visit, newCollectionView(visit, { way: 'json', values, messages }));
  }
  const pairs = Object.entries({ json, deleteMissing });
  return importDefinitions(console, visit, createForm(pairs));
}

/** Undefined for bytes that are no UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
