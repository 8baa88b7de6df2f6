import { type Actor, inContext, systemActor } from '../actor.ts';
import { type Collection, SUPERUSERS } from '../collections/collection.ts';
import type { Collections } from '../collections/collections.ts';
import { AppError, invalid, notFound } from '../errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database } from '../ports/database.ts';
import type { Ids } from '../ports/ids.ts';
import type { Log } from '../ports/log.ts';
import type { TokenSigner } from '../ports/token-signer.ts';
import type { RecordValues } from '../records/record.ts';
import type { Records } from '../records/records.ts';
import { accountActor, guestOf } from './account-actor.ts';
import type { Auth, PasswordLogin, Session } from './auth.ts';
import { createFirstSuperuser } from './first-superuser.ts';
import type { Logins } from './logins.ts';
import { checkLoginInput } from './password-login.ts';
import type { AccountRef } from './sessions.ts';
import { createTokens } from './tokens.ts';

/** What {@link createAuth} is made of. */
export interface AuthDeps {
  readonly collections: Pick<Collections, 'schema' | 'get'>;
  readonly records: Records;
  readonly database: Database;
  readonly signer: TokenSigner;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Log;
  readonly logins: Logins;
  /** Whether the account asks for more than a password. */
  hasSecondFactor(account: AccountRef): Promise<boolean>;
}

/** Longest life of an impersonation: what JavaScript dates can still express is far beyond it. */
const LONGEST_SECONDS = 10 * 366 * 24 * 3600;

/** Makes {@link Auth}. Logins and refused ones are logged with who, where and when, without secrets. */
export function createAuth(deps: AuthDeps): Auth {
  const { collections, records, log, logins, hasSecondFactor } = deps;
  const tokens = createTokens(deps);
  const first = createFirstSuperuser(deps);

  /** The session as the account itself sees its record: its own e-mail and what only it may read are there. */
  async function session(
    actor: Actor,
    collection: Collection,
    record: RecordValues,
    token: string,
    expand?: string,
  ): Promise<Session> {
    const self = accountActor(collection, record, actor.request);
    return { token, record: await records.present(self, collection, record, expand) };
  }

  async function requireAuthRule(
    actor: Actor,
    collection: Collection,
    record: RecordValues,
    login?: PasswordLogin,
  ): Promise<void> {
    const rule = collection.auth?.authRule ?? null;
    const { identityField, ...sent } = login ?? {};
    const body = identityField === undefined ? sent : { ...sent, identityField };
    if (!(await records.satisfies(actor, collection, String(record.id), rule, body))) {
      throw new AppError('forbidden', { reason: 'auth_rule' });
    }
  }

  return {
    async identify(token, kind, request) {
      const holder = token ? await tokens.holder(token, kind) : undefined;
      return holder ? accountActor(holder.collection, holder.record, request) : guestOf(request);
    },

    methods(collection) {
      const { enabled, identityFields } = passwordAuth(collection);
      return { password: { enabled, identityFields: enabled ? identityFields : [] } };
    },

    async withPassword(caller, collection, login, expand) {
      const actor = inContext(caller, 'password');
      if (!passwordAuth(collection).enabled)
        throw new AppError('not_configured', { reason: 'password_auth' });
      checkLoginInput(collection, login);
      const record = await logins.attempt(actor, collection, login);
      if (!record) throw new AppError('invalid', { reason: 'credentials' });
      if (await hasSecondFactor({ collection, record })) {
        throw new AppError('forbidden', { reason: 'second_factor' });
      }
      await requireAuthRule(actor, collection, record, login);
      const token = await tokens.issue('auth', collection, record);
      log.info('auth.login', {
        collection: collection.name,
        record: record.id,
        address: actor.request.address,
      });
      return session(actor, collection, record, token, expand);
    },

    async refresh(actor, collection, token, expand) {
      const holder = await tokens.holder(token, 'auth');
      if (!holder || actor.kind === 'guest') throw new AppError('unauthorized', { reason: 'token' });
      if (holder.collection.id !== collection.id)
        throw new AppError('forbidden', { reason: 'other_collection' });
      await requireAuthRule(actor, collection, holder.record);
      const next = holder.refreshable ? await tokens.issue('auth', collection, holder.record) : token;
      return session(actor, collection, holder.record, next, expand);
    },

    async impersonate(actor, collection, id, duration, expand) {
      if (actor.kind === 'guest') throw new AppError('unauthorized');
      if (actor.kind !== 'superuser') throw new AppError('forbidden', { reason: 'superusers_only' });
      const record = collection.auth && (await records.findStored(collection, id));
      if (!record) throw notFound('record');
      checkDuration(duration);
      const token = await tokens.issue('auth', collection, record, { duration, refreshable: false });
      log.info('auth.impersonated', {
        collection: collection.name,
        record: record.id,
        by: actor.record?.id,
        address: actor.request.address,
      });
      return session(actor, collection, record, token, expand);
    },

    async fileToken(actor) {
      if (actor.kind === 'guest' || !actor.collection || !actor.record) throw new AppError('unauthorized');
      return tokens.issue('file', actor.collection, actor.record);
    },

    issue: tokens.issue,
    needsFirstSuperuser: first.isNeeded,
    setupToken: first.token,
    isSetupToken: first.isToken,

    async createFirstSuperuser(token, email, password) {
      await first.create(token, email, password);
      const collection = collections.get(SUPERUSERS);
      const record = await records.findStoredBy(collection, 'email', email, true);
      if (!record) throw notFound('record');
      const issued = await tokens.issue('auth', collection, record);
      log.info('auth.first_superuser', { record: record.id });
      return session(systemActor, collection, record, issued);
    },
  };
}

function passwordAuth(collection: Collection) {
  return collection.auth?.passwordAuth ?? { enabled: false, identityFields: [] };
}

function checkDuration(seconds: number): void {
  if (seconds < 0) {
    throw invalid({ path: 'duration', code: 'min_greater_equal_than_required', params: { threshold: 0 } });
  }
  if (seconds > LONGEST_SECONDS) {
    const params = { threshold: LONGEST_SECONDS };
    throw invalid({ path: 'duration', code: 'max_less_equal_than_required', params });
  }
}
