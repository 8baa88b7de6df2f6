import { Elysia } from 'elysia';
import type { Actor, Core } from '../../../core/index.ts';
import { readJson } from '../../../http/body.ts';
import type { DialectOptions } from '../../dialect.ts';
import { answerTo } from '../caller.ts';
import { actorOfQuery, type FileParams, findFile, placeOf, SIGNATURE, sendFile } from '../download.ts';
import { INVALID_PARAMETERS, TrailBaseError } from '../errors.ts';
import { emptyAnswer, jsonAnswer } from '../respond.ts';
import { signLink } from '../signed-links.ts';

/** Seconds that a signed link works. */
const DEFAULT_LIFE = 300;
const LONGEST_LIFE = 86_400;
/** Bytes of what there is to say of a link. */
const BODY_LIMIT = 10_000;

/** Files of records (specs/trailbase.md 10), and links to them that need no header. */
export const fileRoutes = (core: Core, options: DialectOptions) => {
  async function get(request: Request, params: FileParams): Promise<Response> {
    refuseUnreadable(params);
    const place = placeOf(core, params);
    const send = async (actor: Actor) => sendFile(core, request, await findFile(core, actor, place));
    const actor = await actorOfQuery(core, options, request, place);
    return actor === undefined ? answerTo(core, options, request, {}, send) : send(actor);
  }

  /** Signed for who asks, and only if that one may read the file now. */
  function sign(request: Request, params: FileParams): Promise<Response> {
    refuseUnreadable(params);
    return answerTo(core, options, request, {}, async (actor) => {
      const place = placeOf(core, params);
      await findFile(core, actor, place);
      const seconds = await readLife(request);
      const expires = Math.floor(core.clock.now() / 1000) + seconds;
      const path = new URL(request.url).pathname.replace(/\/signed_url$/, '');
      return jsonAnswer({ url: `${path}?${SIGNATURE}=${signLink(core, actor, place, expires)}`, expires });
    });
  }

  return new Elysia({ name: 'trailbase.files', prefix: '/records/v1/:name/:record' })
    .get('/file/:column', ({ params, request }) => get(request, { ...params, file: undefined }))
    .get('/files/:column/:file', ({ params, request }) => get(request, params))
    .post(
      '/file/:column/signed_url',
      ({ params, request }) => sign(request, { ...params, file: undefined }),
      { parse: 'none' },
    )
    .post('/files/:column/:file/signed_url', ({ params, request }) => sign(request, params), {
      parse: 'none',
    })
    .all('/file/:column', () => emptyAnswer(405), { parse: 'none' })
    .all('/files/:column/:file', () => emptyAnswer(405), { parse: 'none' });
};

/** A path with a part that is no text names nothing. Elysia gives null for it, whatever its types say. */
function refuseUnreadable(params: FileParams): void {
  const parts: readonly (string | null | undefined)[] = Object.values(params);
  if (parts.includes(null)) throw new TrailBaseError(404);
}

/** What a client says of its link, if anything: `{"expires_in": seconds}`. */
async function readLife(request: Request): Promise<number> {
  const body = (await readJson(request, { size: BODY_LIMIT })) ?? {};
  if (typeof body !== 'object' || Array.isArray(body)) throw new TrailBaseError(400, INVALID_PARAMETERS);
  const { expires_in: seconds = DEFAULT_LIFE }: { readonly expires_in?: unknown } = body;
  const fits = typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 1;
  if (!fits || seconds > LONGEST_LIFE) throw new TrailBaseError(400, INVALID_PARAMETERS);
  return seconds;
}
