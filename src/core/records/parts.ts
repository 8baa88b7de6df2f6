import type { Schema } from '../collections/collection.ts';
import type { Files } from '../files/files.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database } from '../ports/database.ts';
import type { Ids } from '../ports/ids.ts';
import type { Passwords } from '../ports/passwords.ts';
import type { ChangeReports } from '../realtime/changes.ts';
import type { CheckReferences } from './checks.ts';
import type { RecordConditions } from './conditions.ts';
import type { Expander } from './expand.ts';
import type { Gate } from './gate.ts';
import type { MatchAnswers } from './match-answers.ts';
import type { Presenter } from './present.ts';
import type { RecordRemover } from './remover.ts';
import type { GuessPassword } from './secrets.ts';
import type { Shapes } from './shape.ts';
import type { Throttle } from './throttle.ts';

/** What every operation of this folder is made from. */
export interface RecordsParts {
  readonly database: Database;
  readonly schema: () => Schema;
  readonly files: Pick<Files, 'intake' | 'wakeEraser'>;
  readonly passwords: Passwords;
  readonly guessPassword: GuessPassword;
  readonly ids: Ids;
  readonly clock: Clock;
  readonly shapes: Shapes;
  readonly conditions: RecordConditions;
  readonly presenter: Presenter;
  readonly expander: Expander;
  readonly remover: RecordRemover;
  readonly throttle: Throttle;
  readonly checkReferences: CheckReferences;
  readonly gate: Gate;
  readonly matchAnswers: MatchAnswers;
  readonly changes: ChangeReports;
}
