import type { FaultHarness } from '../support/fault-harness.ts';
import { fullDisk } from './full-disk.ts';
import { injection } from './injection.ts';
import { powerCut } from './power-cut.ts';
import { tusFaults } from './tus.ts';

/** Every fault harness, in the order of the summary table. A new one is one line here. */
export const harnesses: readonly FaultHarness[] = [fullDisk, injection, powerCut, tusFaults];
