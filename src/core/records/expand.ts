import { stringifyJson } from '../../lib/lossless-json.ts';
import { type Actor, inContext } from '../actor.ts';
import type { Collection, Schema } from '../collections/collection.ts';
import { AppError } from '../errors.ts';
import type { Condition } from '../filter/condition.ts';
import type { Clock } from '../ports/clock.ts';
import type { Database, Prepared } from '../ports/database.ts';
import type { RecordConditions } from './conditions.ts';
import { type ExpandTree, parseExpand } from './expand-path.ts';
import { createHops, type Hop } from './hops.ts';
import { actorKey, createPlans } from './plans.ts';
import type { Presenter } from './present.ts';
import type { RecordValues, RecordView } from './record.ts';
import { audienceOf, idOf, type Shapes } from './shape.ts';
import { IDS, selectByIds } from './statements.ts';

/** Of one request, all hops together: a page of parents with a thousand children each, six levels deep, has no end. */
const MAX_EXPANDED = 50_000;
/**
 * Characters that expanded records may add to one answer, about. A record that many others point to is read once but
 * written as often, level by level: eight records that all point to each other make half a gigabyte in six levels.
 */
const MAX_ADDED = 32_000_000;

/** Adds related records to records that a caller may see. */
export interface Expander {
  /**
   * Views of presented values with the wanted relations. Each hop is one statement for the whole page, filtered by the
   * target's view rule for the actor in context `expand`; what is refused, missing, unknown or beyond what one answer may
   * hold is left out silently.
   */
  views(
    actor: Actor,
    collection: Collection,
    values: readonly RecordValues[],
    expand: string,
  ): Promise<readonly RecordView[]>;
  view(actor: Actor, collection: Collection, values: RecordValues, expand: string): Promise<RecordView>;
}

/** What {@link createExpander} needs. */
export interface ExpanderParts {
  readonly database: Database;
  readonly schema: () => Schema;
  readonly clock: Clock;
  readonly shapes: Shapes;
  readonly conditions: RecordConditions;
  readonly presenter: Presenter;
}

/** One request's work. */
interface Walk {
  readonly actor: Actor;
  /** Records that may still be read. */
  budget: number;
  /** Characters that the answer may still grow by. */
  room: number;
}

/** A view with the characters it adds wherever it is put, all below it included. */
interface Weighed {
  readonly view: RecordView;
  readonly weight: number;
}

interface FetchPlan {
  readonly condition: Condition;
  readonly statement: Prepared;
}

/** Makes an {@link Expander}. */
export function createExpander(parts: ExpanderParts): Expander {
  const { database, schema, clock, shapes, conditions, presenter } = parts;
  const fetchPlans = createPlans<FetchPlan>(schema, 50);
  const hops = createHops({ database, schema, shapes, limit: MAX_EXPANDED });

  async function expandAll(
    walk: Walk,
    collection: Collection,
    values: readonly RecordValues[],
    tree: ExpandTree,
    level: number,
  ): Promise<{ views: readonly RecordView[]; added: readonly number[]; anyDone: boolean }> {
    const added = values.map(() => 0);
    const expands: (Record<string, RecordView | readonly RecordView[]> | undefined)[] = values.map(
      () => undefined,
    );
    let anyDone = tree.size === 0 || values.length === 0;
    for (const [segment, beyond] of values.length === 0 ? [] : tree) {
      const found = await followSegment(walk, collection, values, segment, beyond, level);
      if (!found) continue;
      const { hop, related } = found;
      anyDone = true;
      values.forEach((record, index) => {
        const all = (hop.idsOf.get(idOf(record)) ?? []).flatMap((id) => related.get(id) ?? []);
        const wanted = hop.single ? all.slice(0, 1) : all;
        const expand = expands[index] ?? emptyExpand();
        expands[index] = expand;
        const weight = wanted.reduce((sum, each) => sum + each.weight, 0);
        const [first] = wanted;
        if (first === undefined || !fits(walk, weight, level)) return;
        added[index] = (added[index] ?? 0) + weight;
        expand[segment] = hop.single ? first.view : wanted.map(({ view }) => view);
      });
    }
    const views = values.map((record, index) => {
      const expand = expands[index];
      return expand ? { collection, values: record, expand } : { collection, values: record };
    });
    return { views, added, anyDone };
  }

  /** Undefined for what leads nowhere. What cannot be read now is left out: the record itself may be written already. */
  async function followSegment(
    walk: Walk,
    collection: Collection,
    values: readonly RecordValues[],
    segment: string,
    beyond: ExpandTree,
    level: number,
  ): Promise<{ hop: Hop; related: ReadonlyMap<string, Weighed> } | undefined> {
    try {
      const hop = await hops.resolve(walk.actor, collection, values, segment);
      const related = hop && (await fetchRelated(walk, hop, beyond, level));
      return hop && related && { hop, related };
    } catch (error) {
      if (error instanceof AppError && error.code !== 'internal') return undefined;
      throw error;
    }
  }

  /** Undefined when the target may not be viewed at all, or nothing beyond it could be followed. */
  async function fetchRelated(
    walk: Walk,
    { target, idsOf }: Hop,
    beyond: ExpandTree,
    level: number,
  ): Promise<ReadonlyMap<string, Weighed> | undefined> {
    const actor = inContext(walk.actor, 'expand');
    const rule = actor.kind === 'superuser' ? '' : target.rules.view;
    if (rule === null) return undefined;
    const ids = [...new Set([...idsOf.values()].flat())].slice(0, walk.budget);
    walk.budget -= ids.length;
    if (ids.length === 0) return new Map();
    const shape = shapes(target);
    const plan = fetchPlans.find(target, actorKey(actor), () => {
      const condition = conditions.rule(actor, target, rule);
      const { columns } = audienceOf(shape, actor);
      return { condition, statement: database.prepare(selectByIds(target, columns, condition)) };
    });
    const bindings = { ...plan.condition.bind(actor, { now: clock.now() }), [IDS]: JSON.stringify(ids) };
    const values = await presenter.rows(actor, shape, await database.all(plan.statement, bindings));
    const { views, added, anyDone } = await expandAll(walk, target, values, beyond, level + 1);
    if (!anyDone) return undefined;
    return new Map(
      views.map((view, index) => [
        idOf(view.values),
        { view, weight: weightOf(view.values) + (added[index] ?? 0) },
      ]),
    );
  }

  async function views(
    actor: Actor,
    collection: Collection,
    values: readonly RecordValues[],
    expand: string,
  ) {
    const walk: Walk = { actor, budget: MAX_EXPANDED, room: MAX_ADDED };
    const done = await expandAll(walk, collection, values, parseExpand(expand), 0);
    return done.views;
  }

  return {
    views,
    async view(actor, collection, values, expand) {
      const [view] = await views(actor, collection, [values], expand);
      return view ?? { collection, values };
    },
  };
}

/**
 * Whether so many characters may be added to one record. Records of the answer share the room; those below them are shared
 * themselves, and count where they are put.
 */
function fits(walk: Walk, weight: number, level: number): boolean {
  if (weight > walk.room) return false;
  if (level === 0) walk.room -= weight;
  return true;
}

/** What a record is about as long as in JSON. */
function weightOf(values: RecordValues): number {
  let weight = 50;
  for (const key in values) weight += key.length + 6 + lengthOf(values[key]);
  return weight;
}

function lengthOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return typeof value === 'object' && value !== null ? (stringifyJson(value)?.length ?? 0) : 5;
}

function emptyExpand(): Record<string, RecordView | readonly RecordView[]> {
  return Object.create(null);
}
