import type { Dialect } from './dialect.ts';
import { pocketbase } from './pocketbase/index.ts';
import { trailbase } from './trailbase/index.ts';
import { tus } from './tus/index.ts';

/** Every dialect this build serves. */
export const dialects: readonly Dialect[] = [pocketbase, trailbase, tus];
