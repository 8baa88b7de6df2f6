/**
 * The token of a WebSocket's first message, `{"Init":{"auth_token":…}}` (specs/trailbase.md 9); null for none, undefined for
 * any other message.
 */
export function readInit(text: string): string | null | undefined {
  const init = member(parsed(text), 'Init');
  if (typeof init !== 'object' || init === null) return undefined;
  const token = member(init, 'auth_token');
  return typeof token === 'string' || token === null ? token : undefined;
}

function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
