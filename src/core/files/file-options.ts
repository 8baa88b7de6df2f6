import { bareMediaType } from '../../lib/media-type.ts';
import type { Field } from '../fields/field.ts';

/** Bytes of one file when its field says nothing (specs/pocketbase.md 6). */
const DEFAULT_MAX_SIZE = 5 * 1024 * 1024;

/**
 * The `maxSize` of a field that leaves the limit to the server: `server.max_upload_size`, or {@link SERVER_DEFAULT} where that
 * is not set (the "Default limit" of TrailBase's Files API). The largest number but one, so that it holds as a limit, too,
 * for whoever does not know it.
 */
export const SERVER_LIMIT = Number.MAX_SAFE_INTEGER - 1;
/** The server's limit where it has none: the field decides. */
export const NO_LIMIT = Number.MAX_SAFE_INTEGER;
const SERVER_DEFAULT = 10 * 1024 * 1024;

/** What the file life cycle asks of a field. */
export interface FileOptions {
  /** Bytes of one file; see {@link maxFileSizeOf}. */
  readonly maxSize: number;
  /** Allowed types; all when empty. */
  readonly mimeTypes: readonly string[];
  /** Most files of one record. */
  readonly maxSelect: number;
  /** Read only by those who may view the record. */
  readonly protected: boolean;
}

/** Reads a field's file options; a missing or zero `maxSize` is {@link DEFAULT_MAX_SIZE}. */
export function fileOptions(field: Field): FileOptions {
  const maxSize = 'maxSize' in field ? field.maxSize : 0;
  const maxSelect = 'maxSelect' in field ? field.maxSelect : 0;
  const mimeTypes = 'mimeTypes' in field ? field.mimeTypes : [];
  return {
    maxSize: typeof maxSize === 'number' && maxSize > 0 ? maxSize : DEFAULT_MAX_SIZE,
    mimeTypes: Array.isArray(mimeTypes) ? mimeTypes.filter((type) => typeof type === 'string') : [],
    maxSelect: typeof maxSelect === 'number' ? Math.max(1, maxSelect) : 1,
    protected: 'protected' in field && field.protected === true,
  };
}

/** Bytes that one file of this field may have; `serverLimit` may be {@link NO_LIMIT}. */
export function maxFileSizeOf(field: Field, serverLimit: number): number {
  const limit = Math.min(fileOptions(field).maxSize, serverLimit);
  return limit === SERVER_LIMIT ? SERVER_DEFAULT : limit;
}

/** Whether a sniffed type is in a field's list; parameters (`; charset=utf-8`) and case do not count. */
export function isAllowedType(type: string, allowed: readonly string[]): boolean {
  if (allowed.length === 0) return true;
  const sniffed = bareMediaType(type);
  return allowed.some((candidate) => bareMediaType(candidate) === sniffed);
}
