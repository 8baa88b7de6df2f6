import type { Collection } from './collections/collection.ts';
import { fieldType } from './fields/index.ts';

/** Bytes that bodies with a record of a collection may have. */
export interface BodyLimits {
  /** Everything but files: JSON, and the text parts of a form. */
  readonly text: number;
  /** What the fields add to the size that any body may have (specs/pocketbase.md 1.4). */
  readonly fields: number;
}

/** Bodies without file allowances (SECURITY-REQUIREMENTS 2.3). */
const TEXT_LIMIT = 2_000_000;

/** Makes `Core.bodyLimits`; `maxFileSize` is the server's limit. */
export function createBodyLimits(maxFileSize: number): (collection: Collection) => BodyLimits {
  const known = new WeakMap<Collection, BodyLimits>();
  return (collection) => {
    let limits = known.get(collection);
    if (limits === undefined) {
      limits = limitsOf(collection, maxFileSize);
      known.set(collection, limits);
    }
    return limits;
  };
}

function limitsOf({ fields }: Collection, maxFileSize: number): BodyLimits {
  let files = 0;
  let texts = 0;
  for (const field of fields) {
    const type = fieldType(field);
    const allowance = type.bodyAllowance?.(field, maxFileSize) ?? 0;
    if (type.holdsFiles) files += allowance;
    else texts += allowance;
  }
  return { text: TEXT_LIMIT + texts, fields: texts + files };
}
