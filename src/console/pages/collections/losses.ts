import { type Amount, AppError, type ChangeStep, type Collection, type Core } from '../../../core/index.ts';
import type { Visit } from '../../visit.ts';

/** What one step of a change takes away. */
export interface Loss {
  /** Records whose values go; undefined where counting takes too long. */
  readonly records: number | undefined;
  readonly files: Amount;
}

/** What the steps of a change take away: by the id of the field, or '' for all of the collection. */
export type Losses = ReadonlyMap<string, Loss>;

const NO_FILES: Amount = { files: 0, bytes: 0 };

/** Counts what a change of a collection that is there takes away. `after` are the fields as they will be. */
export async function lossesOf(
  core: Pick<Core, 'records' | 'files' | 'holdsFiles'>,
  { actor }: Pick<Visit, 'actor'>,
  before: Collection,
  steps: readonly ChangeStep[],
): Promise<Losses> {
  const losses = new Map<string, Loss>();
  for (const step of steps) {
    if (step.kind === 'drop_table') {
      const files = await core.files.amount(actor, { collection: before.id });
      losses.set('', { records: await countOf(core, actor, before, undefined), files });
    }
    if (step.kind !== 'drop_column' && step.kind !== 'convert_column') continue;
    const field = before.fields.find(({ id }) => id === step.fieldId);
    if (field === undefined) continue;
    const surplusOnly = step.kind === 'convert_column';
    // Of the changes of values only the one from several to one takes any.
    if (surplusOnly && !isList(field)) continue;
    const files = core.holdsFiles(field)
      ? await core.files.amount(actor, { collection: before.id, field: field.id, surplusOnly })
      : NO_FILES;
    const filter = surplusOnly ? `${field.name}:length > 1` : filledFilter(field);
    losses.set(field.id, { records: await countOf(core, actor, before, filter), files });
  }
  return losses;
}

/** Whether anything is lost for good, which is not done without a name that was typed. */
export function isLossy(losses: Losses): boolean {
  return [...losses.values()].some(({ records, files }) => records !== 0 || files.files > 0);
}

type Field = Collection['fields'][number];

function isList(field: Field): boolean {
  return 'maxSelect' in field && typeof field.maxSelect === 'number' && field.maxSelect > 1;
}

/** Fields whose empty value is the empty text. */
const TEXTS = new Set(['text', 'email', 'url', 'editor', 'date', 'autodate', 'select', 'file', 'relation']);
/** Fields that are empty where they are null. */
const NULLABLE = new Set(['integer', 'real', 'string', 'bytes', 'uuid', 'any']);

/** Undefined where every record has a value, or none can be asked for. */
function filledFilter(field: Field): string | undefined {
  const { name, type } = field;
  // These are no names in the language of filters.
  if (/^(?:null|true|false)$/i.test(name)) return undefined;
  if (isList(field)) return `${name}:length > 0`;
  if (TEXTS.has(type)) return `${name} != ''`;
  return NULLABLE.has(type) ? `${name} !== null` : undefined;
}

async function countOf(
  core: Pick<Core, 'records'>,
  actor: Visit['actor'],
  collection: Collection,
  filter: string | undefined,
): Promise<number | undefined> {
  try {
    return await core.records.count(actor, collection, filter);
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // A name that the language cannot spell: then all count.
    if (filter !== undefined && error.code === 'invalid') return countOf(core, actor, collection, undefined);
    if (error.code === 'busy') return undefined;
    throw error;
  }
}
