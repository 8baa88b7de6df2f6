import { createHash } from 'node:crypto';
import type { FileFacts } from '../../core/index.ts';
import { bareMediaType } from '../../lib/media-type.ts';
import type { ApiColumn } from './api.ts';

/** A file as records show it (specs/trailbase.md 10): the members of both documented forms. */
export interface WireFile {
  readonly original_filename: string;
  /** The public name, unique within the record. */
  readonly filename: string;
  /** What the client claimed, or else what the content says. */
  readonly content_type: string;
  /** What the content says; absent when that is not known. */
  readonly mime_type?: string;
  /** The same as `original_filename`. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Names the file within its record and opens nothing: neither the key in the storage nor a right to read. */
  readonly objectstore_id: string;
}

const UNKNOWN = 'application/octet-stream';

/**
 * The value of a file column: metadata, an array of it for columns of several files, null for none. `value` is what the
 * core has, public names; `files` what the catalogue says of the record's files.
 */
export function fileValue(
  { kind, field }: ApiColumn,
  value: unknown,
  files: readonly FileFacts[],
): WireFile | readonly WireFile[] | null {
  const own = files.filter(({ fieldId }) => fieldId === field.id);
  if (kind !== 'files') return wireFiles([value], own)[0] ?? null;
  return wireFiles(Array.isArray(value) ? value : [], own);
}

/** Metadata of a file. */
export function wireFile(facts: FileFacts): WireFile {
  const sniffed = bareMediaType(facts.type);
  const isKnown = sniffed !== '' && sniffed !== UNKNOWN;
  return {
    original_filename: facts.originalName,
    filename: facts.name,
    content_type: facts.declaredType || sniffed || UNKNOWN,
    ...(isKnown ? { mime_type: sniffed } : {}),
    name: facts.originalName,
    size: facts.size,
    objectstore_id: objectstoreId(facts),
  };
}

/** The Content-Type of a download: what the content says, or else what the client claimed. */
export function downloadType({ type, declaredType }: Pick<FileFacts, 'type' | 'declaredType'>): string {
  const isKnown = type !== '' && bareMediaType(type) !== UNKNOWN;
  return isKnown ? type : declaredType || UNKNOWN;
}

/** In the order of the names; a name that the catalogue does not have is left out. */
function wireFiles(names: readonly unknown[], files: readonly FileFacts[]): readonly WireFile[] {
  return names.flatMap((name) => {
    const facts = files.find((each) => each.name === name);
    return facts === undefined ? [] : [wireFile(facts)];
  });
}

/** The object's id is its key in the storage; one cannot be told from the other. */
function objectstoreId({ objectId }: FileFacts): string {
  return createHash('sha256').update(`trailbase.objectstore_id\n${objectId}`).digest('hex').slice(0, 32);
}
