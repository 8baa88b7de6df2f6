import { createAssets } from './assets.ts';
import type { ConsoleDeps } from './console.ts';
import { html } from './html.ts';
import { plainPage } from './layout.ts';
import { readLook } from './look.ts';
import { answerHtml, isSecure } from './respond.ts';
import { siteOf } from './site.ts';
import { textsOf } from './texts/index.ts';

/** Seconds. */
const PAUSE = '2';
const ASSET = /^\/_\/assets\/([^/]+)\/([^/]+)$/;

/** Pages at `/_/` while a backup takes the place of everything: what they load, and one that says so and looks again. */
export function meanwhilePages({ files, publicUrl }: Pick<ConsoleDeps, 'files' | 'publicUrl'>) {
  const assets = createAssets(files);
  return async (request: Request): Promise<Response> => {
    const url = new URL(request.url);
    const [, version = '', name = ''] = ASSET.exec(url.pathname) ?? [];
    const asset = await assets.answer(version, name, request);
    if (asset !== undefined) return asset;
    const look = readLook(request, isSecure(siteOf(request, url, publicUrl)));
    const texts = textsOf(look.language);
    const { meanwhileTitle: title, meanwhileBody } = texts.restoration;
    const body = html`<p>${meanwhileBody}</p>`;
    // A form that came now was not taken, and is not sent once more.
    const headers = { 'retry-after': PAUSE, ...(request.method === 'GET' && { refresh: PAUSE }) };
    return answerHtml(plainPage(assets, { texts, look }, { title, body }), { status: 503, headers });
  };
}
