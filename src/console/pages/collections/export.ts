import type { Core } from '../../../core/index.ts';
import { contentDisposition } from '../../../http/disposition.ts';
import { stringifyJson } from '../../../lib/lossless-json.ts';
import { SAFE_HEADERS } from '../../respond.ts';
import type { Visit } from '../../visit.ts';

/** Definitions as a file that any server takes back; of all collections but the system's own where no name is given. */
export function exportDefinitions({ collections }: Core, { actor, url }: Visit): Response {
  const names = url.searchParams.getAll('name');
  const definitions = collections.definitions(actor, names.length === 0 ? undefined : names);
  const [only] = names.length === 1 ? names : [];
  return new Response(`${stringifyJson(definitions, 2)}\n`, {
    headers: {
      ...SAFE_HEADERS,
      'content-type': 'application/json; charset=utf-8',
      'content-disposition': contentDisposition('attachment', `${only ?? 'collections'}.json`),
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'cache-control': 'no-store',
    },
  });
}
