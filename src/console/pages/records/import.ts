import { AppError, type Collection } from '../../../core/index.ts';
import type { IncomingFile } from '../../../http/multipart.ts';
import type { Console } from '../../console.ts';
import type { PageView } from '../../layout.ts';
import { readUploadForm } from '../../upload-form.ts';
import type { Form, Visit } from '../../visit.ts';
import { type ImportState, importView, type MappedColumn } from './import-view.ts';

const TEXT = 2_000_000;

/**
 * A step of an import: `preview` shows the beginning of the file, `trial` tries all of it and keeps nothing, `import` writes. The
 * file is read as it arrives, so it may be of any size; the form's other fields come before it.
 */
export async function importStep({ core }: Console, visit: Visit, collection: Collection): Promise<PageView> {
  const { transfer, form: words } = visit.texts.records;
  let state: ImportState | undefined;
  let before: Form | undefined;
  try {
    const form = await readUploadForm(visit, {
      limits: { body: Number.MAX_SAFE_INTEGER, text: TEXT },
      async onFile(name, file, sent) {
        if (name !== 'file' || state !== undefined) return;
        before = sent;
        state = await stepOf(core, visit, collection, sent, file);
      },
    });
    return importView(visit, collection, state ?? { ...sentState(form), problem: transfer.noFile });
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    const [issue] = error.issues;
    const problem =
      issue === undefined
        ? transfer.unreadable(reasonText(visit, error.reason), String(error.params.row ?? ''))
        : words.otherField(issue.path.replace(/^mapping\./, ''), transfer.badMapping);
    return importView(visit, collection, { ...(before && sentState(before)), problem });
  }
}

async function stepOf(
  core: Console['core'],
  { actor }: Visit,
  collection: Collection,
  form: Form,
  { stream }: IncomingFile,
): Promise<ImportState> {
  const sent = sentState(form);
  const step = form.get('step');
  if ((step !== 'trial' && step !== 'import') || sent.mapping === undefined) {
    const preview = await core.transfers.preview(collection, stream);
    const mapping = preview.columns.map(({ name, field }) => ({ column: name, field: field ?? '' }));
    return { preview, mapping };
  }
  const mapped = sent.mapping.filter(({ field }) => field !== '');
  const result = await core.transfers.import(actor, collection, stream, {
    mapping: Object.fromEntries(mapped.map(({ column, field }) => [column, field])),
    onConflict: conflictOf(form.get('onConflict')),
    onError: form.has('skip') ? 'skip' : 'stop',
    dryRun: step === 'trial',
  });
  return { ...sent, result, isTrial: step === 'trial' };
}

/** What the form says beside its file, to be shown again. */
function sentState(form: Form): ImportState {
  const fields = form.all('field');
  const mapping = form
    .all('column')
    .map((column, index): MappedColumn => ({ column, field: fields[index] ?? '' }));
  return {
    ...(mapping.length > 0 && { mapping }),
    onConflict: form.get('onConflict'),
    isSkipping: form.has('skip'),
  };
}

function conflictOf(text: string): 'abort' | 'ignore' | 'replace' {
  return text === 'ignore' || text === 'replace' ? text : 'abort';
}

function reasonText({ texts }: Visit, reason = ''): string {
  const { reasons } = texts.records.transfer;
  return Object.entries(reasons).find(([key]) => key === reason)?.[1] ?? reason;
}
