import { BodyError } from '../http/body.ts';
import { type IncomingFile, MultipartError, readMultipart } from '../http/multipart.ts';
import { isForeign, isSameToken } from './csrf.ts';
import { ForeignFormError } from './failures.ts';
import { createForm, type Form, type Visit } from './visit.ts';

/** How a form with files is read. */
export interface UploadOptions {
  /** Bytes of all of it, and of its texts. */
  readonly limits: { readonly body: number; readonly text: number };
  /**
   * Called for one file at a time, in their order, with the texts that came before it; never before the form's token was seen,
   * which so is its first field. What it leaves of the stream is skipped.
   */
  onFile(name: string, file: IncomingFile, before: Form): Promise<void>;
}

const MOST_PARTS = 5000;

/** Reads a `multipart/form-data` change of a superuser as it arrives (SECURITY-REQUIREMENTS 3.1, 8.3). Throws as `Console.act` does. */
export async function readUploadForm(visit: Visit, { limits, onFile }: UploadOptions): Promise<Form> {
  const { request, csrf, site, url } = visit;
  if (isForeign(request, [site, url.origin])) throw new ForeignFormError();
  const pairs: [string, string][] = [];
  const requireToken = () => {
    const sent = request.headers.get('x-csrf-token') ?? createForm(pairs).get('csrf');
    if (!isSameToken(sent, csrf)) throw new ForeignFormError();
  };
  try {
    await readMultipart(request, {
      limits: { bodySize: limits.body, fieldSize: limits.text, fieldsSize: limits.text, parts: MOST_PARTS },
      onField: (name, value) => pairs.push([name, value]),
      async onFile(name, file) {
        requireToken();
        await onFile(name, file, createForm(pairs));
      },
    });
  } catch (error) {
    throw error instanceof MultipartError ? asBodyError(error) : error;
  }
  requireToken();
  return createForm(pairs);
}

function asBodyError(error: MultipartError): BodyError {
  switch (error.kind) {
    case 'too_large':
    case 'too_many_parts':
      return new BodyError('too_large', error);
    case 'too_slow':
    case 'aborted':
      return new BodyError(error.kind, error);
    default:
      return new BodyError('malformed', error);
  }
}

/** A change without a form, which brings its token in a header. Throws as `Console.act` does. */
export function requireOwn({ request, csrf, site, url }: Visit): void {
  const sent = request.headers.get('x-csrf-token') ?? '';
  if (isForeign(request, [site, url.origin]) || !isSameToken(sent, csrf)) throw new ForeignFormError();
}
