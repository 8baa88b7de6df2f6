import type { Collection } from '../../../core/index.ts';
import type { Visit } from '../../visit.ts';
import type { GridData } from './grid-data.ts';
import type { GridState } from './grid-state.ts';

/** What the parts of a grid are made of. */
export interface Grid {
  readonly visit: Visit;
  readonly collection: Collection;
  readonly state: GridState;
  readonly data: GridData;
}
