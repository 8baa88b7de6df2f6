import { LEDGER_COLLECTION } from './ledger.ts';
import { adminToken, makeSuperuser, startServer } from './server.ts';

/** Makes a data folder with a superuser and the ledger's collection in it, that no server uses when it resolves. */
export async function makeLedgerFolder(dir: string): Promise<void> {
  await makeSuperuser(dir);
  const server = await startServer({ dir });
  try {
    const made = await fetch(`${server.base}/api/collections`, {
      method: 'POST',
      headers: { authorization: await adminToken(server.base), 'content-type': 'application/json' },
      body: JSON.stringify(LEDGER_COLLECTION),
    });
    if (made.status !== 200) throw new Error(`no collection: ${made.status} ${await made.text()}`);
  } finally {
    await server.stop();
  }
}
