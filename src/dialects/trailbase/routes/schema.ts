import { Elysia } from 'elysia';
import type { Actor, Core } from '../../../core/index.ts';
import type { DialectOptions } from '../../dialect.ts';
import { type Api, getApi, optionsOf } from '../api.ts';
import { answerTo } from '../caller.ts';
import { TrailBaseError } from '../errors.ts';
import { jsonSchema, type SchemaMode } from '../json-schema.ts';
import { readParameter } from '../query.ts';
import { jsonAnswer } from '../respond.ts';

const MODES: Readonly<Record<string, SchemaMode>> = { Insert: 'Insert', Update: 'Update', Select: 'Select' };

/** The JSON Schema of an API's records (specs/trailbase.md 7). */
export const schemaRoutes = (core: Core, options: DialectOptions) =>
  new Elysia({ name: 'trailbase.schema', prefix: '/records/v1' }).get(
    '/:name/schema',
    ({ params, request }) =>
      answerTo(core, options, request, params, async (actor) => {
        const api = getApi(core, params.name);
        if (!(await maySee(core, actor, api))) throw new TrailBaseError(403);
        const asked = readParameter(request, 'mode') ?? 'Insert';
        const mode = Object.hasOwn(MODES, asked) ? MODES[asked] : undefined;
        if (mode === undefined) throw new TrailBaseError(400, 'Invalid query');
        return jsonAnswer(jsonSchema(core, actor, api, mode));
      }),
  );

/** By the collection's own rule for it, which sees no record; without one, whoever may list some of its records. */
async function maySee(core: Core, actor: Actor, { collection }: Api): Promise<boolean> {
  const { schemaAccess: rule } = optionsOf(collection);
  if (rule === undefined) return (await core.records.access(actor, collection, 'list')) !== 'denied';
  if (actor.kind === 'superuser' || rule === '') return true;
  return rule !== null && core.records.meets(actor, collection, {}, { rule });
}
