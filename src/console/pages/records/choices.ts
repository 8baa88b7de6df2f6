import type { Actor, Collection, Core, Field, RecordView } from '../../../core/index.ts';
import { nameOf } from './cells.ts';
import type { Choice, Choices } from './control.ts';
import { optionOf } from './control.ts';
import { isPicture } from './file.ts';
import { filesOf } from './grid-data.ts';
import { filePath } from './paths.ts';

/** Records that are offered at first beside those that are chosen, and how many more each time. */
const OFFERED = 20;
const MOST_OFFERED = 200;
/** Chosen records that are told by name; others by their id. */
const MOST_NAMED = 50;

/** What somebody looks for among the records of a relation. */
export interface Sought {
  readonly search?: string;
  /** How many to offer, as it came from outside. */
  readonly shown?: string;
}

/** The chosen records of a relation, in their order, and others that the search finds in what they are called. */
export async function findChoices(
  core: Core,
  actor: Actor,
  field: Field,
  chosen: readonly string[],
  { search = '', shown: wish = '' }: Sought = {},
): Promise<Choices> {
  const shown = Math.min(MOST_OFFERED, Math.max(OFFERED, Math.trunc(Number(wish)) || 0));
  const target = core.collections.schema.byId(String(optionOf(field, 'collectionId')));
  if (target === undefined) {
    const ids = chosen.map((id) => ({ id, name: id }));
    return { chosen: ids, offered: [], shown, hasMore: false, search, target };
  }
  const list = async (filter: string, limit: number): Promise<readonly RecordView[]> =>
    (
      await core.records.list(actor, target, {
        ...{ page: 1, perPage: limit, skipTotal: true, range: { offset: 0, limit } },
        ...(filter !== '' && { filter }),
      })
    ).items;
  const wanted = chosen.filter(isSafe).slice(0, MOST_NAMED);
  const known =
    wanted.length === 0 ? [] : await list(wanted.map((id) => `id = "${id}"`).join(' || '), wanted.length);
  const found = await list(searchFilter(target, search), shown + chosen.length + 1);
  const others = found.filter(({ values }) => !chosen.includes(String(values.id)));
  const offered = others.slice(0, shown);
  const views = await choiceViews(core, target, [...known, ...offered]);
  return {
    chosen: chosen.map((id) => views.get(id) ?? { id, name: id }),
    offered: offered.map(({ values }) => views.get(String(values.id)) ?? nameless(String(values.id))),
    ...{ shown, hasMore: others.length > shown, search, target },
  };
}

/** What records are called, with the first picture of each. */
async function choiceViews(
  core: Core,
  target: Collection,
  records: readonly RecordView[],
): Promise<ReadonlyMap<string, Choice>> {
  const held = target.fields.filter((field) => core.holdsFiles(field) && !field.hidden);
  const files = await filesOf(core, target, held, records);
  return new Map(
    records.map((record) => {
      const id = String(record.values.id);
      const picture = files.get(id)?.find(({ type }) => isPicture(type));
      const path = picture && filePath(target.name, id, picture.name, 'small');
      return [id, { id, name: nameOf(record), ...(path !== undefined && { picture: path }) }];
    }),
  );
}

function nameless(id: string): Choice {
  return { id, name: id };
}

/** A text between quotes of a filter; one that would end them is not looked for. */
function isSafe(text: string): boolean {
  return !/["\\]/.test(text);
}

function searchFilter(target: Collection, search: string): string {
  const words = search.trim().slice(0, 100).replaceAll(/["\\]/g, ' ').trim();
  if (words === '') return '';
  const texts = target.fields.filter(
    ({ type, hidden, presentable, name }) =>
      !hidden &&
      ['text', 'email', 'string'].includes(type) &&
      (presentable || name === 'id' || /^(?:title|name|label|username|email)$/.test(name)),
  );
  return texts.map(({ name }) => `${name} ~ "${words}"`).join(' || ');
}
