import type { Collection, Core, Field } from '../../../core/index.ts';
import { parseLossless } from '../../../http/json.ts';
import { base64Text, readUuid } from '../bytes.ts';
import { geometryFromWkb } from './wkb.ts';

/** A value of a depot's row. All integers are bigint. */
export type DepotValue = string | number | bigint | Uint8Array | null;

/** Why a value cannot be taken; the message goes on after "its column …". */
export class ValueProblem extends Error {}

/** A file of a row, by what TrailBase stored of it (specs/trailbase.md 10). */
export interface DepotFile {
  readonly id: string;
  readonly filename: string | undefined;
  readonly original: string | undefined;
  readonly contentType: string | undefined;
}

/**
 * The value of a field in the form that the core stores, from the column of a depot's row (specs/trailbase.md 2). File fields
 * are read by {@link readFiles}.
 *
 * @throws ValueProblem
 */
export function readValue(core: Core, field: Field, value: DepotValue): unknown {
  if (value === null) return field.type === 'relation' || field.type === 'email' ? '' : null;
  switch (field.type) {
    case 'integer':
      return integer(value);
    case 'real':
      return real(value);
    case 'bytes':
      return base64Text(bytes(value));
    case 'uuid':
      return uuid(value);
    case 'any':
      return typeof value === 'bigint' ? narrow(value) : value;
    case 'json':
      return json(text(value));
    case 'geometry':
      return geometry(value);
    case 'relation':
      return idValue(targetKind(core, field), value);
    default:
      return text(value);
  }
}

/** The id of a row, or of one that it refers to, as text. Throws {@link ValueProblem}. */
export function idValue(kind: Collection['idKind'], value: DepotValue): string {
  if (kind === 'uuid') return uuid(value);
  if (kind === 'integer' && typeof value !== 'bigint') throw new ValueProblem('is no integer');
  if (value === null || value instanceof Uint8Array) throw new ValueProblem('is no id');
  return String(value);
}

/** The files of a file column. Throws {@link ValueProblem}. */
export function readFiles(value: DepotValue): readonly DepotFile[] {
  if (value === null) return [];
  const parsed = json(value instanceof Uint8Array ? new TextDecoder().decode(value) : text(value));
  return (Array.isArray(parsed) ? parsed : [parsed]).map((item: unknown) => {
    const { id, filename, original_filename, content_type } = Object(item);
    if (typeof id !== 'string') throw new ValueProblem('holds no file');
    const optional = (name: unknown) => (typeof name === 'string' ? name : undefined);
    return {
      id,
      filename: optional(filename),
      original: optional(original_filename),
      contentType: optional(content_type),
    };
  });
}

function targetKind(core: Core, field: Field): Collection['idKind'] {
  const target =
    'collectionId' in field ? core.collections.schema.byId(String(field.collectionId)) : undefined;
  return target?.idKind ?? 'text';
}

function integer(value: DepotValue): number | bigint {
  if (typeof value === 'bigint') return narrow(value);
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new ValueProblem('is no integer');
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function real(value: DepotValue): number {
  if (typeof value === 'number' || typeof value === 'bigint') return Number(value);
  throw new ValueProblem('is no number');
}

function text(value: DepotValue): string {
  if (typeof value === 'string') return value;
  throw new ValueProblem('is no text');
}

function bytes(value: DepotValue): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string') return new TextEncoder().encode(value);
  throw new ValueProblem('are no bytes');
}

function uuid(value: DepotValue): string {
  const found = value instanceof Uint8Array ? readUuid(base64Text(value)) : undefined;
  if (found === undefined) throw new ValueProblem('is no UUID');
  return found;
}

function json(value: string): unknown {
  try {
    return parseLossless(value);
  } catch {
    throw new ValueProblem('is no JSON');
  }
}

function geometry(value: DepotValue): unknown {
  const found = value instanceof Uint8Array ? geometryFromWkb(value) : undefined;
  if (found === undefined) throw new ValueProblem('is no geometry that can be read');
  return found;
}
