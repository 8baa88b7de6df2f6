import type { AccountFlows } from './auth/account-flows.ts';
import type { Auth } from './auth/auth.ts';
import type { Backups } from './backups/backups.ts';
import type { BodyLimits } from './body-limits.ts';
import type { Collection } from './collections/collection.ts';
import type { Collections } from './collections/collections.ts';
import type { Field } from './fields/field.ts';
import type { FileCatalogue } from './files/catalogue.ts';
import type { Files } from './files/files.ts';
import type { Health } from './health/health.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { Logs } from './logs/logs.ts';
import type { Clock } from './ports/clock.ts';
import type { Log } from './ports/log.ts';
import type { Preferences } from './preferences/preferences.ts';
import type { Changes } from './realtime/changes.ts';
import type { Records } from './records/records.ts';
import type { RuleHelp } from './rules/rule-help.ts';
import type { Settings } from './settings/settings.ts';
import type { Sql } from './sql/sql.ts';
import type { Storages } from './storages/storages.ts';
import type { Transfers } from './transfers/transfers.ts';
import type { Uploads } from './uploads/uploads.ts';

export type { Actor, RequestFacts } from './actor.ts';
export { accountActor, guestOf } from './auth/account-actor.ts';
export type { AccountFlows, AccountNames } from './auth/account-flows.ts';
export type { Auth, AuthMethods, Session } from './auth/auth.ts';
export type { AccountRef, ExtraClaims, OpenSession, SessionInfo } from './auth/sessions.ts';
export type { Backups } from './backups/backups.ts';
export type { BrokenRule } from './collections/broken-rules.ts';
export type { AuthOptions, Collection, IdKind } from './collections/collection.ts';
export type {
  ChangeStep,
  CollectionInput,
  CollectionPage,
  CollectionReview,
  Collections,
  SchemaReview,
} from './collections/collections.ts';
export { collectionTemplates } from './collections/templates/index.ts';
export { AppError, type Issue, type IssueParam } from './errors.ts';
export type { Field } from './fields/field.ts';
export type { Amount } from './files/catalogue.ts';
export { SERVER_LIMIT } from './files/file-options.ts';
export type { Derivative, Files, Intake } from './files/files.ts';
export type { FileFacts, StoredFile } from './files/stored-file.ts';
export type { CompareOp, Expr, Operand } from './filter/ast.ts';
export { FilterError } from './filter/filter-error.ts';
export { parseFilter, RULE_LIMITS } from './filter/parse.ts';
export { printFilter } from './filter/print.ts';
export type { Jobs } from './jobs/jobs.ts';
export type { ImageTransform } from './ports/images.ts';
export type { ByteRange } from './ports/storage.ts';
export type { PreferenceValues } from './preferences/preferences.ts';
export type { Changes, Listener, RecordEvent, Topic } from './realtime/changes.ts';
export type { Operation, OperationResult } from './records/operations.ts';
export type { RecordInput, RecordPage, RecordView } from './records/record.ts';
export type { Records } from './records/records.ts';
export {
  SAMPLE_ID,
  SAMPLE_LOGIN,
  type SampleFile,
  type SampleRecord,
  sampleRecord,
} from './records/sample.ts';
export { renameInRule } from './rules/rename.ts';
export type { Clause, RuleVerdict } from './rules/rule-help.ts';
export { csvRow, neutralise } from './transfers/csv-text.ts';
export type { ChunkChecksum, NewUpload, Upload, Uploads, UploadTarget } from './uploads/uploads.ts';

/** What the product does: the one way in for dialects, console and command line. */
export interface Core {
  readonly collections: Collections;
  readonly records: Records;
  readonly files: Files & FileCatalogue;
  readonly auth: Auth & AccountFlows;
  readonly backups: Backups;
  readonly jobs: Jobs;
  readonly uploads: Uploads;
  readonly storages: Storages;
  readonly transfers: Transfers;
  readonly rules: RuleHelp;
  readonly sql: Sql;
  readonly logs: Logs;
  readonly settings: Settings;
  readonly preferences: Preferences;
  readonly health: Health;
  readonly changes: Changes;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether values of the field are names of stored files. */
  holdsFiles(field: Field): boolean;
  /** How long bodies with records of this collection may be. */
  bodyLimits(collection: Collection): BodyLimits;
}
