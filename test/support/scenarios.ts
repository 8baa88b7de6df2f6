import { expect } from 'bun:test';

/** A request of a scenario or a story. Placeholders `{name}` in paths, headers and bodies are filled from the world. */
export interface Ask {
  readonly method?: string;
  readonly path: string;
  /** Key of `World.tokens`; a guest when left out. */
  readonly as?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON; a string, bytes or a form as it is. */
  readonly body?: unknown;
}

/** One request and what must come of it. */
export interface Scenario extends Ask {
  readonly name: string;
  readonly status: number;
  /** Text that the body must contain. */
  readonly has?: readonly string[];
  /** Text that the body must not contain. */
  readonly lacks?: readonly string[];
  /** Headers by lower-case name: exact text, a pattern, or null for absent. */
  readonly responseHeaders?: Readonly<Record<string, string | RegExp | null>>;
}

/** Several requests that belong together. */
export interface Story {
  readonly name: string;
  run(world: World): Promise<void>;
}

/** Where scenarios run. */
export interface World {
  readonly base: string;
  readonly tokens: Readonly<Record<string, string>>;
  /** Fillers of placeholders. */
  readonly values: Readonly<Record<string, string>>;
  /** The data folder, when it can be looked into. */
  readonly dir?: string;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly text: string;
  /** The body as JSON; undefined when it is none. */
  readonly json: unknown;
}

/** Sends a request. Fails when the answer shows what no answer may show. */
export async function send(world: World, ask: Ask): Promise<Answer> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(ask.headers ?? {})) headers.set(name, fill(value, world));
  if (ask.as !== undefined) headers.set('authorization', tokenOf(world, ask.as));
  const response = await fetch(world.base + fill(ask.path, world), {
    method: ask.method ?? 'GET',
    headers,
    body: payload(ask.body, headers, world),
    redirect: 'manual',
  });
  const bytes = await response.bytes();
  const text = new TextDecoder().decode(bytes);
  for (const part of NEVER) expect(text, `${ask.method ?? 'GET'} ${ask.path}`).not.toContain(part);
  return { status: response.status, headers: response.headers, bytes, text, json: parsed(text) };
}

/** Sends a request that must succeed. */
export async function sendOk(world: World, ask: Ask): Promise<Answer> {
  const answer = await send(world, ask);
  if (answer.status >= 300) {
    throw new Error(`${ask.method ?? 'GET'} ${ask.path}: ${answer.status} ${answer.text.slice(0, 1000)}`);
  }
  return answer;
}

/** Sends the request of a scenario and checks the answer. */
export async function play(scenario: Scenario, world: World): Promise<void> {
  const answer = await send(world, scenario);
  const { text } = answer;
  const shown = `${scenario.method ?? 'GET'} ${scenario.path}: ${answer.status} ${text.slice(0, 1000)}`;
  expect(answer.status, shown).toBe(scenario.status);
  for (const part of scenario.has ?? []) expect(text, shown).toContain(fill(part, world));
  for (const part of scenario.lacks ?? []) expect(text, shown).not.toContain(fill(part, world));
  for (const [name, wanted] of Object.entries(scenario.responseHeaders ?? {})) {
    const value = answer.headers.get(name);
    if (wanted instanceof RegExp) expect(value ?? '', `${name} of ${shown}`).toMatch(wanted);
    else expect(value, `${name} of ${shown}`).toBe(wanted === null ? null : fill(wanted, world));
  }
}

/** The token of somebody in the world. */
export function tokenOf(world: World, name: string): string {
  const token = world.tokens[name];
  if (token === undefined) throw new Error(`the world has no token for ${name}`);
  return token;
}

/** Puts the world's values in the place of `{name}`. */
export function fill(text: string, world: World): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => world.values[name] ?? whole);
}

function payload(
  body: unknown,
  headers: Headers,
  world: World,
): string | FormData | Uint8Array<ArrayBuffer> | undefined {
  if (body === undefined || body instanceof FormData) return body;
  if (body instanceof Uint8Array) return new Uint8Array(body);
  if (typeof body === 'string') return fill(body, world);
  if (!headers.has('content-type')) headers.set('content-type', 'application/json');
  return fill(JSON.stringify(body), world);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** No answer of ours shows any of these (SECURITY-REQUIREMENTS 2.6). */
const NEVER = ['SQLITE_', 'SQLiteError', 'node_modules', '/src/', '    at '];
