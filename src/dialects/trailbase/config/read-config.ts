import { type JsonSchema, readJsonSchema } from '../sql/checks.ts';
import { type Place, SqlProblem, SqlProblems, shown } from '../sql/problem.ts';
import { type RecordApi, readRecordApi } from './record-api.ts';
import { type ProtoMessage, type ProtoValue, readTextproto } from './textproto.ts';

/** What is taken of a `config.textproto`; its other sections are about the server. */
export interface TrailbaseConfig {
  readonly recordApis: readonly RecordApi[];
  /** JSON schemas by name. */
  readonly jsonSchemas: ReadonlyMap<string, JsonSchema>;
}

/**
 * Reads a `config.textproto` (specs/trailbase.md 14).
 *
 * @throws SqlProblems with a sentence for everything that cannot be read
 */
export function readConfig(text: string): TrailbaseConfig {
  const { config, problems } = reading(text);
  if (problems.length > 0) throw new SqlProblems(problems);
  return config;
}

/** What can be read of a `config.textproto`, and a sentence for each entry that cannot. Throws SqlProblem for what is none. */
export function readConfigParts(text: string): {
  readonly config: TrailbaseConfig;
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const collect = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof SqlProblem)) throw error;
      problems.push(`Line ${error.place.line} of the configuration: ${error.what}`);
      return undefined;
    }
  };
  const config = readTextproto(text);
  const recordApis = messages(config, 'record_apis').flatMap(
    ({ at, message }) => collect(() => readRecordApi(message, at)) ?? [],
  );
  const jsonSchemas = new Map(
    messages(config, 'schemas').flatMap(({ at, message }) => collect(() => [namedSchema(message, at)]) ?? []),
  );
  return { config: { recordApis, jsonSchemas }, problems };
}

function reading(text: string): ReturnType<typeof readConfigParts> {
  try {
    return readConfigParts(text);
  } catch (error) {
    if (!(error instanceof SqlProblem)) throw error;
    throw new SqlProblems([`Line ${error.place.line} of the configuration: ${error.what}`]);
  }
}

function messages(
  { fields }: ProtoMessage,
  key: string,
): readonly Extract<ProtoValue, { kind: 'message' }>[] {
  return (fields.get(key) ?? []).filter((value) => value.kind === 'message');
}

function namedSchema({ fields }: ProtoMessage, at: Place): readonly [string, JsonSchema] {
  const name = fields.get('name')?.at(-1);
  const text = fields.get('schema')?.at(-1);
  if (name?.kind !== 'text' || text?.kind !== 'text')
    throw new SqlProblem(at, 'an entry of schemas has a name and a schema, both as texts.');
  const schema = readJsonSchema(text.text);
  if (schema === undefined)
    throw new SqlProblem(text.at, `the schema ${shown(name.text)} is no JSON object.`);
  return [name.text, schema];
}
