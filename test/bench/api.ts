/** A call of the product's API. */
export interface Call {
  readonly token?: string;
  readonly json?: unknown;
  readonly form?: FormData;
}

/** Sends a request and reads the JSON object it is answered with; throws what the server said otherwise. */
export async function call(
  base: string,
  method: 'GET' | 'POST' | 'DELETE',
  path: string,
  { token, json, form }: Call = {},
): Promise<Readonly<Record<string, unknown>>> {
  const headers = new Headers();
  if (token !== undefined) headers.set('authorization', token);
  if (json !== undefined) headers.set('content-type', 'application/json');
  const body = form ?? (json === undefined ? undefined : JSON.stringify(json));
  const response = await fetch(`${base}${path}`, { method, headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.slice(0, 500)}`);
  const answer: unknown = text === '' ? {} : JSON.parse(text);
  if (typeof answer !== 'object' || answer === null)
    throw new Error(`${method} ${path}: ${text.slice(0, 500)}`);
  return { ...answer };
}

/** A text of an answer; throws when it is not there. */
export function textOf(answer: Readonly<Record<string, unknown>>, name: string): string {
  const value = answer[name];
  if (typeof value !== 'string') throw new Error(`no ${name} in ${JSON.stringify(answer).slice(0, 300)}`);
  return value;
}
