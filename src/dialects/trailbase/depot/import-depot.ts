import { type AccountRef, type Actor, AppError, type Core } from '../../../core/index.ts';
import { readConfigParts } from '../config/read-config.ts';
import { readTextproto } from '../config/textproto.ts';
import { SqlProblem, shown } from '../sql/problem.ts';
import { type DepotAccount, prepareUsers, readAccounts, readAvatars } from './accounts.ts';
import { DepotError, type DepotFiles } from './files.ts';
import { type DepotObject, readObjects } from './objects.ts';
import { countRows, importTable, issuesOf, RowProblem, receiveFiles } from './rows.ts';
import { importSchema } from './schema.ts';
import { readFiles } from './values.ts';

/** What an import tells while it goes on. */
export type ImportItem =
  | { readonly kind: 'progress'; readonly done: number; readonly total: number; readonly unit: 'rows' }
  /** A table, or the accounts, are in. */
  | { readonly kind: 'imported'; readonly name: string; readonly records: number; readonly files: number }
  /** One sentence about something that could not be taken. */
  | { readonly kind: 'left_out'; readonly sentence: string };

/** How an import treats what it cannot take. */
export interface ImportOptions {
  /** Leave rows out that cannot be taken; otherwise the first one ends the import. */
  readonly skipRows: boolean;
}

/**
 * Takes over a depot into a core that has nothing of its own yet (specs/trailbase.md 14): accounts with their hashes, second
 * factors and pictures, tables with their access rules, rows, and files under the names that they have. Ids stay.
 *
 * Whatever cannot be taken of the declarations is left out and told; a row that cannot be taken ends the import, unless rows
 * may be skipped. The caller keeps what was made only when the whole import went through.
 *
 * @throws DepotError with a sentence for the operator
 */
export async function* importDepot(
  core: Core,
  actor: Actor,
  depot: DepotFiles,
  { skipRows }: ImportOptions,
): AsyncGenerator<ImportItem> {
  const sentences: string[] = [];
  const tell = (sentence: string) => void sentences.push(sentence);
  const told = function* (): Generator<ImportItem> {
    for (const sentence of sentences.splice(0)) yield { kind: 'left_out', sentence };
  };
  const databases = new Map(depot.databases.map((name) => [name, depot.open(name)]));
  const main = databases.get('main');
  if (main === undefined) throw new DepotError('The depot has no main database.');
  const config = settings(depot.config, tell);
  const objects = [...databases].flatMap(([name, db]) => readObjects(db, name));
  const users = await prepareUsers(core, actor);
  const schema = await importSchema(core, actor, objects, config);
  schema.leftOut.forEach(tell);
  yield* told();

  const count = ({ database, name }: DepotObject) => {
    const db = databases.get(database);
    return db === undefined ? 0 : countRows(db, name);
  };
  let done = 0;
  const total = countRows(main, '_user') + schema.tables.reduce((sum, table) => sum + count(table), 0);
  const progress = (more: number): ImportItem => {
    done += more;
    return { kind: 'progress', done, total, unit: 'rows' };
  };

  try {
    const avatars = readAvatars(main);
    const people = { records: 0, files: 0 };
    const emails = new Set<string>();
    for (const account of readAccounts(main)) {
      const wish = { users, account, avatars, emails, tell };
      const files = await importAccount(core, actor, depot, wish).catch((error: unknown) => {
        if (!(error instanceof RowProblem) || !skipRows) throw error;
        tell(error.message);
      });
      people.records += files === undefined ? 0 : 1;
      people.files += files ?? 0;
      yield progress(1);
      yield* told();
    }
    yield { kind: 'imported', name: users.name, ...people };
    for (const table of schema.tables) {
      const db = databases.get(table.database);
      if (db === undefined) continue;
      const taken = { records: 0, files: 0 };
      const collection = core.collections.get(table.target);
      const wish = { core, actor, depot, db, table: table.name, collection, lost: tell };
      for await (const part of importTable({ ...wish, leaveOut: skipRows ? tell : undefined })) {
        taken.records += part.records;
        taken.files += part.files;
        yield progress(part.records);
        yield* told();
      }
      yield { kind: 'imported', name: collection.name, ...taken };
    }
  } catch (error) {
    if (!(error instanceof RowProblem)) throw error;
    throw new DepotError(`${error.message} Nothing was imported; --skip-rows leaves such rows out.`, error);
  }
}

/** Sections of a configuration that are about the server, and what stands for them here. */
const SECTIONS: ReadonlyMap<string, string> = new Map([
  ['server', 'see `server.*` and `mail.*` in dossier.toml'],
  ['auth', 'see `auth.*` in dossier.toml; codes by mail are an option of the collection "users"'],
  ['email', 'see `mail.*` in dossier.toml; templates belong to the collection "users"'],
  ['jobs', 'the server cares for itself; backups have `backups.schedule`'],
]);

function settings(text: string, tell: (sentence: string) => void) {
  try {
    const { config, problems } = readConfigParts(text);
    for (const name of readTextproto(text).fields.keys()) {
      const instead = SECTIONS.get(name);
      if (instead !== undefined)
        tell(`The section ${shown(name)} of the configuration is left out: ${instead}.`);
    }
    problems.forEach(tell);
    return config;
  } catch (error) {
    if (!(error instanceof SqlProblem)) throw error;
    throw new DepotError(`config.textproto cannot be read: ${error.message}`, error);
  }
}

interface AccountImport {
  readonly users: ReturnType<Core['collections']['get']>;
  readonly account: DepotAccount;
  readonly avatars: ReturnType<typeof readAvatars>;
  /** E-mails so far, in lower case: one that was never verified may be somebody else's. */
  readonly emails: Set<string>;
  readonly tell: (sentence: string) => void;
}

/** The number of its files. */
async function importAccount(
  core: Core,
  actor: Actor,
  depot: DepotFiles,
  { users, account, avatars, emails, tell }: AccountImport,
): Promise<number> {
  const { id, values, isAdmin, totpSecret, hasProvider } = account;
  const name = String(values.email || values.username || id);
  const lower = String(values.email).toLowerCase();
  const isTaken = lower !== '' && emails.has(lower);
  if (isTaken) tell(`The e-mail ${shown(name)} of a second account is left out: another account has it.`);
  emails.add(lower);
  const row: Record<string, unknown> = { id, ...values, ...(isTaken ? { email: '' } : {}) };
  const field = users.fields.find((each) => each.name === 'avatar');
  const picture = avatars.get(id);
  const intake = field && picture ? await core.records.admit(actor, users, undefined) : undefined;
  let files = 0;
  if (intake && field && picture) {
    const wish = { depot, table: '_user_avatar', lost: tell };
    const [upload] = await receiveFiles(wish, { intake, field, files: readFiles(picture).slice(0, 1), id });
    row.avatar = upload ?? '';
    files = upload === undefined ? 0 : 1;
  }
  await taking(name, () => core.records.import(actor, users, [{ values: row, intake }]));
  const record = await core.records.findStored(users, id);
  if (totpSecret !== undefined && record !== undefined) {
    const account = { collection: users, record };
    await importSecondFactor(core, actor, { account, secret: totpSecret, name, tell });
  }
  if (hasProvider)
    tell(
      `The account ${shown(name)} signs in by another service, which is left out: it needs a password here.`,
    );
  if (isAdmin) await importAdmin(core, actor, { name, values, tell });
  return files;
}

/** What is no secret that an app could have is left out: nobody can ever have signed in by it. */
async function importSecondFactor(
  core: Core,
  actor: Actor,
  { account, secret, name, tell }: SecondFactorImport,
): Promise<void> {
  try {
    await core.auth.totp.adopt(actor, account, secret.replaceAll('=', ''));
  } catch (error) {
    if (!(error instanceof AppError) || error.reason !== 'totp_secret') throw error;
    tell(
      `The second factor of the account ${shown(name)} is left out: its secret is no base32. The account has no second factor now.`,
    );
  }
}

interface SecondFactorImport extends Pick<AccountImport, 'tell'> {
  readonly account: AccountRef;
  /** As the depot has it. */
  readonly secret: string;
  readonly name: string;
}

/** Who administers a depot is a superuser beside the account, with the same password. */
async function importAdmin(
  core: Core,
  actor: Actor,
  { name, values, tell }: Pick<DepotAccount, 'values'> & { name: string; tell: (sentence: string) => void },
): Promise<void> {
  if (values.email === '' || values.password === '') {
    tell(`The account ${shown(name)} is no superuser: superusers have an e-mail and a password.`);
    return;
  }
  const { email, password, verified } = values;
  await taking(name, () =>
    core.records.import(actor, core.collections.get('_superusers'), [
      { values: { email, password, verified } },
    ]),
  );
}

async function taking<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'invalid') throw error;
    throw new RowProblem(`The account ${shown(name)} cannot be taken: ${issuesOf(error)}.`);
  }
}
