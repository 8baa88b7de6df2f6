import type { Actor } from '../actor.ts';
import type { ObjectState } from './stored-file.ts';

/** What of the catalogue is looked for; whatever is left out is not asked. */
export interface FileQuery {
  /** Id or name; one that does not exist is `not_found` reason `collection`. */
  readonly collection?: string;
  /** Id or name of a field of that collection; else `not_found` reason `field`. */
  readonly field?: string;
  readonly record?: string;
  /** How the media type begins, such as `image/`. */
  readonly type?: string;
  /** Part of the original or the public name, without ASCII case. */
  readonly name?: string;
  /** Name of a storage. */
  readonly storage?: string;
  /** Bytes, both ends included. */
  readonly minSize?: number;
  readonly maxSize?: number;
  /** `<collection id>/<record id>` of who uploaded it; '' for guests and superusers. */
  readonly owner?: string;
  /** Default `live`. */
  readonly state?: Exclude<ObjectState, 'pending'>;
  /** Default: the newest first. `name` is the original name without ASCII case. */
  readonly sort?: { readonly by: 'created' | 'size' | 'name'; readonly descending: boolean };
  /** {@link FileList.next} of the page before, with the same sort. */
  readonly after?: string;
  /** 1..200, default 50. */
  readonly limit?: number;
}

/** One object of the catalogue. */
export interface FileEntry {
  readonly objectId: string;
  readonly state: ObjectState;
  readonly collectionId: string;
  /** '' when it is gone, as are names of fields. */
  readonly collection: string;
  readonly record: string;
  readonly fieldId: string;
  readonly field: string;
  /** Its place among the files of the field, from 0. */
  readonly position: number;
  readonly originalName: string;
  /** The public name. */
  readonly name: string;
  readonly size: number;
  readonly type: string;
  /** Pixels; 0 where it is no image. */
  readonly width: number;
  readonly height: number;
  readonly sha256: string;
  readonly storage: string;
  /** Milliseconds since the epoch. */
  readonly created: number;
  /** See {@link FileQuery.owner}. */
  readonly owner: string;
}

/** A page of {@link FileCatalogue.list}. */
export interface FileList {
  readonly items: readonly FileEntry[];
  /** Where the next page begins; undefined on the last. */
  readonly next: string | undefined;
}

/** Live files and their bytes. */
export interface Amount {
  readonly files: number;
  readonly bytes: number;
}

/** What is stored where, the largest first. */
export interface FileUsage {
  readonly total: Amount;
  readonly collections: readonly (Amount & { readonly id: string; readonly name: string })[];
  readonly storages: readonly (Amount & { readonly name: string })[];
}

/** Files of a collection, or of one of its fields. */
export interface FilesOf {
  /** Id or name; `not_found` as in {@link FileQuery}. */
  readonly collection: string;
  readonly field?: string;
  /** Only those that another of the same record and field follows. */
  readonly surplusOnly?: boolean;
}

/** All files of all collections, for superusers (`unauthorized`, `forbidden` reason `superusers_only`). */
export interface FileCatalogue {
  /** `invalid` with an issue at `after` for a place that is none. */
  list(actor: Actor, query?: FileQuery): Promise<FileList>;
  usage(actor: Actor): Promise<FileUsage>;
  /** How many live files there are of these. */
  amount(actor: Actor, of: FilesOf): Promise<Amount>;
}
