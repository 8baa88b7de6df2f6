import type { Records } from '../records/records.ts';
import { createExport } from './export.ts';
import { createTransferImport } from './import.ts';
import { previewTable } from './preview.ts';
import type { Transfers } from './transfers.ts';

/** Makes {@link Transfers}. */
export function createTransfers(records: Pick<Records, 'list' | 'batch'>): Transfers {
  return {
    export: createExport(records),
    preview: (collection, source, options = {}) => previewTable(collection, source, options),
    import: createTransferImport(records),
  };
}
