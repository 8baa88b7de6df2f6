import type { Field, FieldType } from './field.ts';
import { readOptions } from './options.ts';
import { patternProblem } from './pattern/index.ts';
import { checkText } from './text.ts';
import { castText, textFromDb, textToDb, unreadable } from './values.ts';

/** A secret that is only compared: plain text on its way in, a hash in the column, nothing on the way out. */
export interface PasswordField extends Field {
  readonly type: 'password';
  readonly min: number;
  /** 0 means 71, the most that bcrypt looks at. */
  readonly max: number;
  readonly pattern: string;
  /** Kept for readers of the definition; new hashes are argon2id, whose cost is the server's. 0 = default. */
  readonly cost: number;
}

const DEFAULT_MAX = 71;

/** See {@link PasswordField}. Whoever writes the record replaces the plain text by its hash before `toDb`. */
export const passwordType: FieldType<PasswordField> = {
  type: 'password',
  readable: false,
  parse(input, base) {
    const options = readOptions(input);
    const min = options.integer('min', { max: DEFAULT_MAX });
    const max = options.integer('max', { max: DEFAULT_MAX });
    if (max !== 0 && max < min) options.report('max', 'min_greater_equal_than_required', { threshold: min });
    const pattern = options.text('pattern');
    const problem = pattern === '' ? undefined : patternProblem(pattern);
    if (problem !== undefined) options.report('pattern', 'invalid_regex', { error: problem });
    const cost = options.integer('cost');
    if (cost !== 0 && cost < 4) options.report('cost', 'min_greater_equal_than_required', { threshold: 4 });
    if (cost > 31) options.report('cost', 'max_less_equal_than_required', { threshold: 31 });
    return { field: { ...base, type: 'password', min, max, pattern, cost }, issues: options.issues };
  },
  isMultiple: () => false,
  column: () => "TEXT DEFAULT '' NOT NULL",
  traits: () => ({ kind: 'text', multiple: false }),
  zero: () => '',
  fromDb: textFromDb,
  toDb: textToDb,
  cast: castText,
  validate(value, field) {
    if (typeof value !== 'string') return unreadable;
    // Its own code, because its words differ (specs/pocketbase.md 4).
    return checkText(value, field, DEFAULT_MAX).map((issue) =>
      issue.code === 'max_text_constraint' ? { ...issue, code: 'max_password_constraint' } : issue,
    );
  },
};
