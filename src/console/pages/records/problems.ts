import type { AppError, Collection } from '../../../core/index.ts';
import { refusal } from '../../failures.ts';
import type { Messages } from '../../parts/form.ts';
import type { Visit } from '../../visit.ts';
import { editableFields } from './controls.ts';
import { issueMessages } from './draft.ts';

/** Why a record or its files were refused, by field; undefined for what is not about them. */
export function problemsOf(
  error: AppError,
  collection: Collection,
  isNew: boolean,
  { texts }: Visit,
): Messages | undefined {
  const { form: recordForm } = texts.records;
  if (error.code === 'storage_full') return new Map([['', recordForm.noRoom]]);
  if (!['invalid', 'conflict', 'too_large'].includes(error.code)) return undefined;
  if (error.issues.length > 0) return issueMessages(error.issues, editableFields(collection, isNew), texts);
  return new Map([['', refusal(error, texts.frame)]]);
}
