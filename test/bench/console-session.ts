import type { World } from './bench.ts';
import type { Running } from './processes.ts';

/** The cookie of a session of the console, as a request sends it. */
export async function signIn({ base }: Running, { data }: World): Promise<string> {
  const { email, password } = data.admin;
  const body = new URLSearchParams({ email, password });
  const answer = await fetch(`${base}/_/login`, { method: 'POST', body, redirect: 'manual' });
  const [cookie] = answer.headers.getSetCookie();
  if (answer.status !== 303 || cookie === undefined) throw new Error(`not signed in: ${answer.status}`);
  return cookie.split(';')[0] ?? '';
}
