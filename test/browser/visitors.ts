import { adminToken } from '../support/server.ts';

const PASSWORD = 'correct horse battery';

/** Makes a few accounts with long names, of which the second has signed in twice. */
export async function addVisitors(base: string): Promise<void> {
  const authorization = await adminToken(base);
  const send = async (path: string, body: unknown): Promise<void> => {
    const headers = { authorization, 'content-type': 'application/json' };
    const answer = await fetch(base + path, { method: 'POST', headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  };
  for (let index = 0; index < 3; index++) {
    await send('/api/collections/users/records', {
      ...{ email: emailOf(index), name: 'Übersee-Grüßmann '.repeat(3).trim() },
      ...{ password: PASSWORD, passwordConfirm: PASSWORD, verified: true },
    });
  }
  for (let times = 0; times < 2; times++) {
    await send('/api/auth/v1/login', { email: emailOf(1), password: PASSWORD });
  }
}

function emailOf(index: number): string {
  return `visitor-${index}-with-a-rather-long-address@example-museum-of-modern-art.org`;
}
