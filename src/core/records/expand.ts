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

/** Adds related records to records that a caller may see. */
export interface Expander {
  /**
   * Views of presented values with the wanted relations. Each hop is one statement for the whole page, filtered by the
   * target's view rule for the actor in context `expand`; what is refused, missing or unknown is left out silently.
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
  budget: number;
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
  ): Promise<{ views: readonly RecordView[]; anyDone: boolean }> {
    const expands: (Record<string, RecordView | readonly RecordView[]> | undefined)[] = values.map(
      () => undefined,
    );
    let anyDone = tree.size === 0 || values.length === 0;
    for (const [segment, beyond] of values.length === 0 ? [] : tree) {
      const found = await followSegment(walk, collection, values, segment, beyond);
      if (!found) continue;
      const { hop, related } = found;
      anyDone = true;
      values.forEach((record, index) => {
        const views = (hop.idsOf.get(idOf(record)) ?? []).flatMap((id) => related.get(id) ?? []);
        const [first] = views;
        const expand = expands[index] ?? emptyExpand();
        expands[index] = expand;
        if (first) expand[segment] = hop.single ? first : views;
      });
    }
    const views = values.map((record, index) => {
      const expand = expands[index];
      return expand ? { collection, values: record, expand } : { collection, values: record };
    });
    return { views, anyDone };
  }

  /** Undefined for what leads nowhere. What cannot be read now is left out: the record itself may be written already. */
  async function followSegment(
    walk: Walk,
    collection: Collection,
    values: readonly RecordValues[],
    segment: string,
    beyond: ExpandTree,
  ): Promise<{ hop: Hop; related: ReadonlyMap<string, RecordView> } | undefined> {
    try {
      const hop = await hops.resolve(walk.actor, collection, values, segment);
      const related = hop && (await fetchRelated(walk, hop, beyond));
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
  ): Promise<ReadonlyMap<string, RecordView> | undefined> {
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
    const { views, anyDone } = await expandAll(walk, target, values, beyond);
    if (!anyDone) return undefined;
    return new Map(views.map((view) => [idOf(view.values), view]));
  }

  async function views(
    actor: Actor,
    collection: Collection,
    values: readonly RecordValues[],
    expand: string,
  ) {
    const done = await expandAll({ actor, budget: MAX_EXPANDED }, collection, values, parseExpand(expand));
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

function emptyExpand(): Record<string, RecordView | readonly RecordView[]> {
  return Object.create(null);
}
