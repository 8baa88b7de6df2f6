import { type Collection, type Schema, SUPERUSERS } from '../collections/collection.ts';
import { fieldType } from '../fields/index.ts';
import { isWriteOnly } from '../fields/write-only.ts';
import type { Inspection } from '../ports/database.ts';

/**
 * Columns of the system tables that hold no secret. What is not named here is hidden, as is a table that is new: keys and
 * provider secrets lie in `_settings.value` and `_collections.options`, half of a refresh token's worth in `_sessions.id`.
 */
const SYSTEM_TABLES: Inspection['tables'] = {
  _migrations: ['name', 'applied'],
  _collections: [
    'id',
    'name',
    'type',
    'system',
    'id_kind',
    'fields',
    'indexes',
    'rules',
    'created',
    'updated',
  ],
  _objects: [
    ...[
      'id',
      'backend',
      'key',
      'state',
      'epoch',
      'size',
      'sha256',
      'type',
      'declared_type',
      'width',
      'height',
    ],
    ...['original_name', 'name', 'collection', 'record', 'field', 'position', 'created', 'owner'],
  ],
  _file_deletions: ['id', 'object', 'backend', 'key', 'attempts', 'next_attempt', 'error', 'created'],
  _derivatives: ['object', 'transform', 'key', 'size', 'type', 'used'],
  _settings: ['key'],
  _usage: ['owner', 'files', 'bytes'],
  _uploads: ['caller', 'state', 'part', 'filename', 'size', 'offset', 'record', 'created', 'expires'],
  _quarantine: ['storage', 'key', 'size', 'found'],
  _jobs: ['name', 'since', 'started', 'ended', 'outcome', 'error', 'runs'],
  _sessions: [
    'collection',
    'record',
    'advanced',
    'anonymous',
    'created',
    'expires',
    'address',
    'agent',
    'used',
  ],
  _auth_codes: ['kind', 'collection', 'record', 'tries', 'expires'],
  _second_factors: ['collection', 'record', 'step'],
  _preferences: ['collection', 'record', 'name'],
};

/** What a superuser's statement may read. */
export function readableTables(schema: Schema): Inspection['tables'] {
  const ofCollections = schema.collections.map((collection) => [collection.name, openColumns(collection)]);
  return { ...SYSTEM_TABLES, ...Object.fromEntries(ofCollections) };
}

function openColumns(collection: Collection): readonly string[] {
  const isAuth = collection.type === 'auth' || collection.name === SUPERUSERS;
  return collection.fields
    .filter((field) => fieldType(field).readable !== false && !isWriteOnly(field))
    .filter((field) => !(isAuth && field.name === 'tokenKey'))
    .map((field) => field.name);
}
