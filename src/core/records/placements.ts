import type { Placement } from '../files/files.ts';
import { UploadedFile } from '../files/stored-file.ts';
import type { RecordValues } from './record.ts';
import type { Column } from './shape.ts';

/** Where the uploads among the values go. Fields without uploads are left out. */
export function placementsOf(columns: readonly Column[], values: RecordValues): readonly Placement[] {
  const placements: Placement[] = [];
  for (const { name, type, field } of columns) {
    if (!type.holdsFiles) continue;
    const items = itemsOf(values[name]);
    const uploads = items.filter((item) => item instanceof UploadedFile);
    if (uploads.length > 0) placements.push({ fieldId: field.id, names: items.map(nameOf), uploads });
  }
  return placements;
}

function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null || value === '' ? [] : [value];
}

function nameOf(item: unknown): string {
  return item instanceof UploadedFile ? item.name : String(item);
}
