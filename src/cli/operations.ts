import { AppError, errorCodes, type Issue, type IssueParam } from '../core/errors.ts';
import type { Config } from '../server/config.ts';
import { type ControlAddress, readControlFile } from '../server/control-file.ts';
import { DirectoryInUse } from '../server/lock.ts';
import { type Operations, operations } from '../server/operations.ts';
import { OperatorError } from '../server/operator-error.ts';

/**
 * Does some work by operations of the data folder's core: in the server that is running on it, or else here, with the folder
 * to itself meanwhile.
 */
export async function withOperations<T>(config: Config, work: (run: Operations) => Promise<T>): Promise<T> {
  const { withCore } = await import('../server/run.ts');
  try {
    return await withCore(config, (core) => work((name, args = {}) => operations[name](core, args)));
  } catch (error) {
    const address = error instanceof DirectoryInUse ? readControlFile(config.dir) : undefined;
    if (address === undefined) throw error;
    return work((name, args = {}) => askServer(address, name, args));
  }
}

/** Operations of the server that is running on a data folder; undefined when none can be asked. */
export function runningServer(config: Config): Operations | undefined {
  const address = readControlFile(config.dir);
  return address && ((name, args = {}) => askServer(address, name, args));
}

async function* askServer(address: ControlAddress, name: string, args: object): AsyncGenerator<object> {
  const leave = new AbortController();
  try {
    const response = await request(address, name, args, leave.signal);
    let isWhole = false;
    for await (const line of linesOf(response.body ?? new ReadableStream())) {
      const value: unknown = JSON.parse(line);
      if (!isObject(value)) throw lost();
      if ('error' in value) throw errorOf(value.error);
      if ('end' in value) isWhole = true;
      else if ('item' in value && isObject(value.item)) yield value.item;
    }
    if (!isWhole) throw lost();
  } catch (error) {
    if (error instanceof AppError || error instanceof OperatorError) throw error;
    throw lost(error);
  } finally {
    // Whoever stops reading ends the work in the server.
    leave.abort();
  }
}

async function request(
  { url, token }: ControlAddress,
  name: string,
  args: object,
  signal: AbortSignal,
): Promise<Response> {
  const response = await fetch(`${url}/${name}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(args),
    redirect: 'error',
    signal,
  });
  if (response.status === 404)
    throw new OperatorError('The running server is of another version and cannot do this; stop it first.');
  if (!response.ok) throw new OperatorError(`The running server refused the command (${response.status}).`);
  return response;
}

function lost(cause?: unknown): OperatorError {
  return new OperatorError('The connection to the running server was lost; run the command again.', {
    cause,
  });
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    yield* lines;
  }
}

function errorOf(value: unknown): AppError {
  const given = {
    code: undefined,
    reason: undefined,
    params: undefined,
    issues: undefined,
    ...(isObject(value) ? value : {}),
  };
  const code = errorCodes.find((each) => each === given.code) ?? 'internal';
  const issues: unknown = given.issues;
  return new AppError(code, {
    reason: typeof given.reason === 'string' ? given.reason : undefined,
    params: paramsOf(given.params),
    issues: Array.isArray(issues) ? issues.filter(isIssue) : [],
  });
}

function paramsOf(value: unknown): Record<string, IssueParam> {
  const params: Record<string, IssueParam> = {};
  for (const [name, param] of Object.entries(isObject(value) ? value : {})) {
    if (typeof param === 'string' || typeof param === 'number' || typeof param === 'boolean')
      params[name] = param;
    if (Array.isArray(param)) params[name] = param.map(String);
  }
  return params;
}

function isIssue(value: unknown): value is Issue {
  return isObject(value) && 'path' in value && 'code' in value;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
