import { sql } from 'drizzle-orm';
import {
  type Account,
  type Guest,
  internalRequest,
  type RequestFacts,
  type Superuser,
} from '../../src/core/actor.ts';
import type { AuthOptions, Collection, Rules, Schema } from '../../src/core/collections/collection.ts';
import { fieldType, parseField } from '../../src/core/fields/index.ts';
import type { Files } from '../../src/core/files/files.ts';
import type { Passwords } from '../../src/core/ports/passwords.ts';
import { createRecords, type RecordsDeps } from '../../src/core/records/index.ts';
import type { Records } from '../../src/core/records/records.ts';
import { createIds } from '../../src/lib/id.ts';
import { createTestPasswords } from './core.ts';
import { openTestDatabase, type TestDatabase } from './database.ts';

/** A collection in a few words: fields are definitions; rules that are left out are open to everyone. */
export interface TestCollection {
  readonly name: string;
  readonly type?: 'base' | 'auth';
  readonly idKind?: Collection['idKind'];
  readonly fields: readonly Readonly<Record<string, unknown>>[];
  readonly rules?: Partial<Rules>;
  readonly manageRule?: string | null;
  readonly indexes?: readonly string[];
}

/** Records over a real database, without the module that changes collections. */
export interface RecordWorld {
  readonly records: Records;
  readonly database: TestDatabase;
  readonly clock: { time: number; now(): number };
  readonly passwords: Passwords & { readonly hashed: string[] };
  /** Milliseconds of every delay that was asked for. */
  readonly sleeps: number[];
  readonly schema: Schema;
  collection(name: string): Collection;
  /** Replaces rules of a collection, as a change of its definition does. */
  changeRules(name: string, rules: Partial<Rules>): void;
  /** The account of this id, as the server knows it. */
  account(collection: string, id: string, request?: Partial<RequestFacts>): Promise<Account>;
  close(): Promise<void>;
}

const idOptions = {
  text: { min: 15, max: 15, pattern: '^[a-z0-9]+$', autogeneratePattern: '[a-z0-9]{15}' },
  integer: { min: 0, max: 18, pattern: '^[1-9][0-9]{0,17}$', autogeneratePattern: '' },
  uuid: {
    min: 36,
    max: 36,
    pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$',
    autogeneratePattern: '[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}',
  },
};

const accountFields = [
  { name: 'password', type: 'password', hidden: true, required: true, system: true, min: 8 },
  {
    name: 'tokenKey',
    type: 'text',
    hidden: true,
    required: true,
    system: true,
    min: 30,
    max: 60,
    autogeneratePattern: '[a-zA-Z0-9]{50}',
  },
  { name: 'email', type: 'email', required: true, system: true },
  { name: 'emailVisibility', type: 'bool', system: true },
  { name: 'verified', type: 'bool', system: true },
];

/** Nobody in particular. */
export const guest: Guest = { kind: 'guest', request: { ...internalRequest } };

/** Somebody who may do everything. */
export const superuser: Superuser = {
  kind: 'superuser',
  collection: undefined,
  record: undefined,
  request: { ...internalRequest },
};

/** The id of a collection of a {@link RecordWorld}, for relation fields. */
export function collectionId(name: string): string {
  return `c_${name}`;
}

/** Opens a {@link RecordWorld} with these collections. */
export async function openRecordWorld(
  definitions: readonly TestCollection[],
  deps: Partial<RecordsDeps> = {},
): Promise<RecordWorld> {
  const clock = { time: Date.UTC(2030, 0, 1), now: () => clock.time };
  const database = await openTestDatabase({ now: clock.now });
  const { db } = database;
  const holder = { schema: schemaOf(definitions.map(define)) };
  const ids = createIds({ now: clock.now });
  const sleeps: number[] = [];
  const passwords = createTestPasswords();
  const records = createRecords({
    ...{ database: db, collections: holder, files: noFiles, passwords, ids, clock },
    sleep: async (ms) => void sleeps.push(ms),
    random: () => 0.5,
    ...deps,
  });
  for (const collection of holder.schema.collections) {
    const columns = collection.fields.map(
      (field) => sql`${sql.identifier(field.name)} ${sql.raw(fieldType(field).column(field))}`,
    );
    await db.write(async (tx) => {
      await tx.execute(sql`CREATE TABLE ${sql.identifier(collection.name)} (${sql.join(columns, sql`, `)})`);
      for (const index of collection.indexes) await tx.execute(sql.raw(index));
    });
  }

  function collection(name: string): Collection {
    const found = holder.schema.byName(name);
    if (!found) throw new Error(`no collection ${name}`);
    return found;
  }

  return {
    ...{ records, database, clock, passwords, sleeps, collection },
    get schema() {
      return holder.schema;
    },
    changeRules(name, rules) {
      const before = collection(name);
      const after = { ...before, rules: { ...before.rules, ...rules }, version: ++version };
      const others = holder.schema.collections.filter((one) => one !== before);
      holder.schema = schemaOf([...others, after]);
    },
    async account(name, id, request = {}) {
      const record = await records.findStored(collection(name), id);
      if (!record) throw new Error(`no account ${id}`);
      return {
        kind: 'account',
        collection: collection(name),
        record,
        request: { ...internalRequest, ...request },
      };
    },
    close: () => database.close(),
  };
}

let version = 0;

function define(definition: TestCollection): Collection {
  const { name, type = 'base', idKind = 'text', rules = {}, indexes = [] } = definition;
  const inputs = [
    { name: 'id', type: 'text', primaryKey: true, system: true, required: true, ...idOptions[idKind] },
    ...(type === 'auth' ? accountFields : []),
    ...definition.fields,
  ];
  const fields = inputs.flatMap((input) => {
    const { field, issues } = parseField(input, 'field');
    if (!field || issues.length > 0) throw new Error(`bad field in ${name}: ${JSON.stringify(issues)}`);
    return [field];
  });
  return {
    ...{ id: collectionId(name), name, type, system: false, idKind, fields, indexes },
    rules: { list: '', view: '', create: '', update: '', delete: '', ...rules },
    auth: type === 'auth' ? authOptions(definition.manageRule ?? null) : undefined,
    dialects: {},
    ...{ created: '', updated: '', version: ++version },
  };
}

function authOptions(manageRule: string | null): AuthOptions {
  const token = { duration: 1000, secret: 's'.repeat(50) };
  const template = { subject: '', body: '' };
  return {
    authRule: '',
    manageRule,
    authAlert: { enabled: false, emailTemplate: template },
    oauth2: {
      enabled: false,
      providers: [],
      mappedFields: { id: '', name: '', username: '', avatarURL: '' },
    },
    passwordAuth: { enabled: true, identityFields: ['email'] },
    mfa: { enabled: false, duration: 600, rule: '' },
    otp: { enabled: false, duration: 180, length: 8, emailTemplate: template },
    authToken: token,
    passwordResetToken: token,
    emailChangeToken: token,
    verificationToken: token,
    fileToken: token,
    verificationTemplate: template,
    resetPasswordTemplate: template,
    confirmEmailChangeTemplate: template,
  };
}

function schemaOf(collections: readonly Collection[]): Schema {
  const byId = (id: string) => collections.find((one) => one.id === id);
  const byName = (name: string) => collections.find((one) => one.name.toLowerCase() === name.toLowerCase());
  return { version: ++version, collections, byId, byName, find: (key) => byId(key) ?? byName(key) };
}

const noFiles: Pick<Files, 'intake' | 'wakeEraser'> = {
  intake: () => ({
    receive: () => Promise.reject(new Error('no files in this world')),
    rename() {
      throw new Error('no files in this world');
    },
    attach: () => Promise.reject(new Error('no files in this world')),
    expect: async () => {},
    weigh: async () => {},
    discard: async () => {},
  }),
  wakeEraser() {},
};
