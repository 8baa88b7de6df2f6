import {
  type AccountRef,
  AppError,
  type Collection,
  type Core,
  type Expr,
  type RecordView,
  type SessionInfo,
} from '../../../core/index.ts';
import type { Visit } from '../../visit.ts';

/** An account and what is asked for to sign in to it. */
export interface ShownAccount {
  readonly record: RecordView;
  readonly hasSecondFactor: boolean;
  /** Name of its collection. */
  readonly collection: string;
}

/** Some accounts of a collection. */
export interface AccountPage {
  readonly accounts: readonly ShownAccount[];
  readonly hasMore: boolean;
}

/** Accounts on one page. */
export const PER_PAGE = 50;

/** Collections with accounts: those of apps first, then the superusers. */
export function accountCollections({ collections }: Core): readonly Collection[] {
  return collections.schema.collections
    .filter(({ type }) => type === 'auth')
    .toSorted((a, b) => Number(a.system) - Number(b.system) || a.name.localeCompare(b.name));
}

/** A page of the accounts that have the text in e-mail, name or id. From page 1. */
export async function readAccounts(
  core: Core,
  { actor }: Visit,
  collection: Collection,
  search: string,
  page: number,
): Promise<AccountPage> {
  const found = await core.records.list(actor, collection, {
    ...{ page: 1, perPage: PER_PAGE, skipTotal: true, sort: 'email' },
    range: { offset: (page - 1) * PER_PAGE, limit: PER_PAGE + 1 },
    ...(search !== '' && { filter: containing(collection, search) }),
  });
  const shown = found.items.slice(0, PER_PAGE);
  const accounts: ShownAccount[] = [];
  for (const record of shown) accounts.push(await withFactor(core, collection, record));
  return { accounts, hasMore: found.items.length > PER_PAGE };
}

/** The first accounts of each collection that have the text. */
export async function readAll(
  core: Core,
  visit: Visit,
  collections: readonly Collection[],
  search: string,
): Promise<AccountPage> {
  const accounts: ShownAccount[] = [];
  let hasMore = false;
  for (const collection of collections) {
    const page = await readAccounts(core, visit, collection, search, 1);
    accounts.push(...page.accounts);
    hasMore ||= page.hasMore;
  }
  return { accounts, hasMore };
}

function containing(collection: Collection, search: string): Expr {
  const searched = new Set(['id', 'email', 'name', 'username']);
  const fields = collection.fields.filter(({ name }) => searched.has(name));
  const terms = fields.map(({ name }): Expr => {
    const right = { kind: 'text', value: search } as const;
    return { kind: 'compare', op: '~', any: false, left: { kind: 'path', path: name }, right };
  });
  return { kind: 'or', terms };
}

/** One account. `not_found` where there is none. */
export async function readAccount(
  core: Core,
  { actor }: Visit,
  collection: Collection,
  id: string,
): Promise<ShownAccount> {
  if (!collection.auth) throw new AppError('not_found', { reason: 'account' });
  return withFactor(core, collection, await core.records.view(actor, collection, id));
}

async function withFactor(core: Core, collection: Collection, record: RecordView): Promise<ShownAccount> {
  const hasSecondFactor = await core.auth.totp.isOn(refOf(collection, record));
  return { record, hasSecondFactor, collection: collection.name };
}

/** The account of a record, as the core speaks of it. */
export function refOf(collection: Collection, { values }: RecordView): AccountRef {
  return { collection, record: values };
}

/** The sessions of an account. */
export function readSessions(
  core: Core,
  { actor, session }: Visit,
  collection: Collection,
  id: string,
): Promise<readonly SessionInfo[]> {
  return core.auth.sessions.list(actor, { collection, id }, session);
}

/** What an account is called: its e-mail, else its user name, else its id. */
export function labelOf({ values }: RecordView): string {
  return [values.email, values.username, values.id].map((value) => String(value ?? '')).find(Boolean) ?? '';
}
