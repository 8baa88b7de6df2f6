import type { FaultHarness } from '../support/fault-harness.ts';
import { SERVICES } from '../support/stand-ins.ts';
import { fullDisk } from './full-disk.ts';
import { injection } from './injection.ts';
import { killLedger } from './kill.ts';
import { killMigration } from './migrate.ts';
import { powerCut } from './power-cut.ts';
import { killRestore } from './restore.ts';
import { serviceFaults } from './service-faults.ts';
import { tusFaults } from './tus.ts';

/** Every fault harness, in the order of the summary table. A new one is one line here. */
export const harnesses: readonly FaultHarness[] = [
  ...(['local', ...SERVICES] as const).map(killLedger),
  ...SERVICES.map(killMigration),
  ...SERVICES.map(serviceFaults),
  fullDisk,
  injection,
  powerCut,
  tusFaults,
  killRestore,
];
