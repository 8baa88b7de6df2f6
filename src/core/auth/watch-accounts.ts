import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import type { Log } from '../ports/log.ts';
import type { RecordInput } from '../records/record.ts';
import type { Records } from '../records/records.ts';

/** What of an account decides who may sign in to it. */
const KEYS = ['email', 'password', 'tokenKey', 'verified'];

/**
 * The same records; what superusers make, change and delete of accounts is logged, with who and where
 * (SECURITY-REQUIREMENTS 8.7). What the product does by itself, and what accounts do with themselves, is logged by its flows.
 */
export function watchAccounts(records: Records, log: Log): Records {
  function note(
    event: string,
    actor: Actor,
    { type, name }: Collection,
    record: unknown,
    what?: string,
  ): void {
    if (actor.kind !== 'superuser' || !actor.record || type !== 'auth') return;
    const by = { by: actor.record.id, address: actor.request.address };
    log.info(`auth.${event}`, { collection: name, record, ...(what !== undefined && { what }), ...by });
  }

  function noteChange(actor: Actor, collection: Collection, id: string, input: RecordInput): void {
    const what = KEYS.filter((key) => Object.hasOwn(input, key) && input[key] !== '').join(' ');
    if (what !== '') note('account_changed', actor, collection, id, what);
  }

  return {
    ...records,
    async create(actor, collection, input, options) {
      const made = await records.create(actor, collection, input, options);
      note('account_made', actor, collection, made.values.id);
      return made;
    },
    async update(actor, collection, id, input, options) {
      const changed = await records.update(actor, collection, id, input, options);
      noteChange(actor, collection, id, input);
      return changed;
    },
    async delete(actor, collection, id) {
      await records.delete(actor, collection, id);
      note('account_deleted', actor, collection, id);
    },
    async batch(actor, operations, options) {
      const results = await records.batch(actor, operations, options);
      if (options?.rehearsal) return results;
      for (const [at, result] of results.entries()) {
        const operation = operations[at];
        if (operation === undefined || result.kind !== 'done') continue;
        const { kind, collection } = operation;
        if (kind === 'create') note('account_made', actor, collection, result.id);
        else if (kind === 'delete') note('account_deleted', actor, collection, result.id);
        else noteChange(actor, collection, result.id, operation.input);
      }
      return results;
    },
  };
}
