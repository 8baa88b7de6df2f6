import { meanwhilePages } from '../console/meanwhile.ts';
import type { Config } from './config.ts';
import { createPipeline } from './pipeline.ts';
import { readPublicFiles } from './public-files.ts';
import type { Handler } from './serve.ts';

/** Seconds. */
const RETRY_AFTER = '5';

/** Answers while everything is replaced: 503, as a page to those who look at the console. */
export async function createMeanwhile({ server }: Config): Promise<Handler> {
  const pages = meanwhilePages({ files: await readPublicFiles(), publicUrl: server.publicUrl });
  const answer = (request: Request) => {
    const { pathname } = new URL(request.url);
    return pathname === '/_' || pathname.startsWith('/_/') ? pages(request) : refusal();
  };
  return { fetch: createPipeline(answer, server.corsOrigins) };
}

function refusal(): Response {
  const message = 'The server is restoring a backup. Try again in a moment.';
  return Response.json(
    { data: {}, message, status: 503 },
    {
      status: 503,
      headers: {
        ...{ 'access-control-allow-origin': '*', 'cache-control': 'no-store', 'retry-after': RETRY_AFTER },
        'x-content-type-options': 'nosniff',
      },
    },
  );
}
