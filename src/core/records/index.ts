import type { Schema } from '../collections/collection.ts';
import type { Files } from '../files/files.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database } from '../ports/database.ts';
import type { Geometry } from '../ports/geometry.ts';
import type { Ids } from '../ports/ids.ts';
import type { JsonSchemas } from '../ports/json-schemas.ts';
import type { Passwords } from '../ports/passwords.ts';
import { type ChangeReports, noReports } from '../realtime/changes.ts';
import { createAdmit } from './admit.ts';
import { createBatch } from './batch.ts';
import { createReferenceCheck } from './checks.ts';
import { createRecordConditions } from './conditions.ts';
import { createCreate } from './create.ts';
import { createCreateStep } from './create-step.ts';
import { createAccess } from './decide.ts';
import { createDelete } from './delete.ts';
import { createDeleteStep } from './delete-step.ts';
import { createExpander } from './expand.ts';
import { createGate } from './gate.ts';
import { createImport } from './import.ts';
import { createList } from './list.ts';
import { createMatchAnswers } from './match-answers.ts';
import type { RecordsParts } from './parts.ts';
import { createPlans } from './plans.ts';
import type { ManagePlan } from './present.ts';
import { createPresenter } from './present.ts';
import type { Records } from './records.ts';
import { createRecordRemover, type RecordRemover } from './remover.ts';
import { createRevision } from './revision.ts';
import type { GuessPassword } from './secrets.ts';
import { createShapes } from './shape.ts';
import { createStored } from './stored.ts';
import { createThrottle } from './throttle.ts';
import { createUpdate } from './update.ts';
import { createUpdateStep } from './update-step.ts';
import { createView } from './view.ts';

export { createRecordRemover } from './remover.ts';

/** What {@link createRecords} needs. */
export interface RecordsDeps {
  readonly database: Database;
  /** The metadata cache as of the last commit; `Collections` is one. */
  readonly collections: { readonly schema: Schema };
  readonly files: Pick<Files, 'intake' | 'wakeEraser'>;
  readonly passwords: Passwords;
  /** What holds off guessing at old passwords. Default: nothing. */
  readonly guessPassword?: GuessPassword;
  readonly ids: Ids;
  readonly clock: Clock;
  /** For filters that compare geometries and values that are some; without it they are refused. */
  readonly geometry?: Geometry;
  /** For values that must meet a schema; without it none does. */
  readonly jsonSchemas?: JsonSchemas;
  /** The same one that collections use. Default: one of its own. */
  readonly remover?: RecordRemover;
  /** Where committed changes are told. Default: nowhere. */
  readonly changes?: ChangeReports;
  /** For the delay after too many empty filtered lists. Default: a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** Evenly in 0..1. Default: `Math.random`. */
  readonly random?: () => number;
}

/** Makes {@link Records}. Statements are prepared at first use and kept per shape; nothing is read or written here. */
export function createRecords(deps: RecordsDeps): Records {
  const { database, files, passwords, ids, clock } = deps;
  const schema = () => deps.collections.schema;
  const shapes = createShapes(deps);
  const conditions = createRecordConditions(schema);
  const managePlans = createPlans<ManagePlan>(schema, 20);
  const presenter = createPresenter({ database, clock, conditions, managePlans });
  const changes = deps.changes ?? noReports;
  const parts: RecordsParts = {
    database,
    schema,
    files,
    passwords,
    guessPassword: deps.guessPassword ?? ((_actor, _collection, _id, run) => run()),
    ids,
    clock,
    shapes,
    conditions,
    presenter,
    expander: createExpander({ database, schema, clock, shapes, conditions, presenter }),
    matchAnswers: createMatchAnswers({ database, schema, geometry: deps.geometry }),
    gate: createGate({ database, schema, clock, shapes, conditions }),
    checkReferences: createReferenceCheck(database, schema),
    remover: deps.remover ?? createRecordRemover({ database, schema, files, ids, changes }),
    changes,
    throttle: createThrottle({
      clock,
      sleep: deps.sleep ?? ((ms) => Bun.sleep(ms)),
      random: deps.random ?? Math.random,
    }),
  };
  const access = createAccess(parts);
  const stored = createStored(parts);
  const steps = {
    create: createCreateStep(parts),
    update: createUpdateStep(parts),
    delete: createDeleteStep(parts),
  };
  return {
    ...createList(parts),
    ...createView(parts),
    ...createCreate(parts, steps.create),
    ...createUpdate(parts, steps.update),
    ...createDelete(parts, steps.delete),
    ...createBatch(parts, steps),
    ...createImport(parts),
    ...stored,
    ...createRevision(parts, stored),
    ...access,
    ...createAdmit(parts, access),
  };
}
