import { createLru } from '../../lib/lru.ts';
import type { Actor } from '../actor.ts';
import type { Collection } from '../collections/collection.ts';
import { asksBody, asksRecord } from '../rules/index.ts';
import { emptyObject } from './input.ts';
import type { RecordsParts } from './parts.ts';
import type { Records } from './records.ts';

const KEPT_RULES = 1000;

/** Makes {@link Records.access}. */
export function createAccess(
  parts: Pick<RecordsParts, 'database' | 'gate' | 'shapes'>,
): Pick<Records, 'access'> {
  const { database, gate, shapes } = parts;
  const dependent = createLru<string, boolean>(KEPT_RULES);

  function depends(rule: string): boolean {
    const known = dependent.get(rule);
    if (known !== undefined) return known;
    const found = asksBody(rule) || asksRecord(rule);
    dependent.set(rule, found);
    return found;
  }

  function passes(actor: Actor, collection: Collection, rule: string): Promise<boolean> {
    const values = emptyObject();
    for (const { name, type, field } of shapes(collection).columns) values[name] = type.zero(field);
    return gate.passesNew(database, actor, collection, values, rule);
  }

  return {
    async access(actor, collection, action) {
      if (actor.kind === 'superuser') return 'granted';
      const rule = collection.rules[action];
      if (rule === null) return 'denied';
      if (rule === '') return 'granted';
      if (depends(rule)) return 'depends';
      return (await passes(actor, collection, rule)) ? 'granted' : 'denied';
    },
  };
}
