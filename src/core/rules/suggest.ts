import type { Collection, Schema } from '../collections/collection.ts';
import type { Field } from '../fields/field.ts';
import { columnFacts, fieldOf } from '../filter/columns.ts';
import { FilterError } from '../filter/filter-error.ts';
import { lex, type Token } from '../filter/lex.ts';
import { macros } from '../filter/macros.ts';
import type { Suggestion, Suggestions } from './rule-help.ts';

/** What suggestions are taken from. */
export interface RuleScope {
  readonly schema: Schema;
  readonly collection: Collection;
}

const MOST = 50;
const HOPS = 3;
/** The word that ends at the caret, and how it goes on behind it. */
const WORD_BEFORE = /[@\w.:]*$/;
const WORD_AFTER = /^[\w.:]*/;

const OPERATORS = ['=', '!=', '>', '>=', '<', '<=', '~', '!~', '==', '!==', '~~', '!~~'];
const JOINS = ['&&', '||'];
const FUNCTIONS = ['geoDistance(', 'strftime('];
const CONSTANTS = ['null', 'true', 'false'];
const SECTIONS = ['auth.', 'body.', 'query.', 'headers.', 'method', 'context'];

/** What may stand at the caret. Nothing inside a text or a comment, or behind what is no rule. */
export function suggest(scope: RuleScope, text: string, caret: number): Suggestions {
  const before = text.slice(0, caret);
  const word = WORD_BEFORE.exec(before)?.[0] ?? '';
  const from = before.length - word.length;
  const to = before.length + (WORD_AFTER.exec(text.slice(before.length))?.[0].length ?? 0);
  const wanted = wantedAfter(before.slice(0, from));
  if (wanted === undefined) return { from, to, items: [] };
  const values = wanted === 'operand' ? valuesFor(scope, lex(before.slice(0, from)), word) : [];
  return { from, to, items: [...values, ...itemsFor(wanted, scope, word)].slice(0, MOST) };
}

/** What a field that has a list of values may be compared with. */
function valuesFor(scope: RuleScope, tokens: readonly Token[], word: string): readonly Suggestion[] {
  const [left, operator] = tokens.slice(-2);
  if (left?.kind !== 'name' || operator?.kind !== 'op') return [];
  const steps = (left.value.split(':')[0] ?? '').split('.');
  const name = steps.at(-1) ?? '';
  const fields = follow(scope, steps.slice(0, -1)).flatMap(
    ({ collection }) => (collection && fieldOf(collection, name)) ?? [],
  );
  const [field] = fields;
  const values = field && 'values' in field && Array.isArray(field.values) ? field.values : [];
  return values.flatMap((value: unknown): Suggestion[] => {
    if (typeof value !== 'string' || !value.toLowerCase().startsWith(word.toLowerCase())) return [];
    // The language has no way to say both marks, or a backslash at the end.
    const mark = ['"', "'"].find((one) => !value.includes(one));
    if (mark === undefined || value.endsWith('\\')) return [];
    return [{ text: mark + value + mark, kind: 'constant', detail: name }];
  });
}

type Wanted = 'operand' | 'operator' | 'join';

function itemsFor(wanted: Wanted, scope: RuleScope, word: string): readonly Suggestion[] {
  if (wanted === 'operand') return operands(scope, word);
  if (word !== '') return [];
  if (wanted === 'join') return JOINS.map((text) => ({ text, kind: 'join', detail: '' }));
  const any = OPERATORS.map((operator) => `?${operator}`);
  return [...OPERATORS, ...any].map((text) => ({ text, kind: 'operator', detail: '' }));
}

/** Undefined where no token may begin. */
function wantedAfter(text: string): Wanted | undefined {
  try {
    // A comment's end of line would make it one more token's place.
    if (/\/\/[^\n]*$/.test(text) && lex(`${text}x`).length === lex(text).length) return undefined;
    return wantedBehind(lex(text));
  } catch (error) {
    if (error instanceof FilterError) return undefined;
    throw error;
  }
}

function wantedBehind(tokens: readonly Token[]): Wanted {
  const last = tokens.at(-1);
  if (last === undefined || ['op', 'join', '!', '(', ',', 'call'].includes(last.kind)) return 'operand';
  const start = last.kind === ')' ? openingOf(tokens) : tokens.length - 1;
  if (tokens[start]?.kind === '(') return 'join';
  const previous = tokens[start - 1]?.kind;
  return previous === 'op' ? 'join' : 'operator';
}

/** Where the parenthesis begins that the last token closes. */
function openingOf(tokens: readonly Token[]): number {
  let depth = 0;
  for (let at = tokens.length - 1; at >= 0; at--) {
    const kind = tokens[at]?.kind;
    if (kind === ')') depth++;
    if ((kind === '(' || kind === 'call') && --depth === 0) return at;
  }
  return 0;
}

function operands(scope: RuleScope, word: string): readonly Suggestion[] {
  const split = Math.max(word.lastIndexOf('.'), word.lastIndexOf(':')) + 1;
  const head = word.slice(0, split);
  const found = head === '' ? first(scope) : head.endsWith(':') ? modifiers(scope, head) : next(scope, head);
  const part = word.slice(split).toLowerCase();
  return found
    .filter(({ text }) => text.toLowerCase().startsWith(part))
    .map((suggestion) => ({ ...suggestion, text: head + suggestion.text }));
}

function first(scope: RuleScope): readonly Suggestion[] {
  const plain = (kind: Suggestion['kind']) => (text: string) => ({ text, kind, detail: '' }) as const;
  return [
    ...fieldsOf(scope, scope.collection),
    ...['@request.auth.', '@request.body.', '@request.query.', '@request.headers.'].map(plain('request')),
    ...['@request.method', '@request.context'].map(plain('request')),
    plain('collection')('@collection.'),
    ...[...macros.keys()].map(plain('macro')),
    ...CONSTANTS.map(plain('constant')),
    ...FUNCTIONS.map(plain('function')),
  ];
}

/** What may follow a path that ends in a dot. */
function next(scope: RuleScope, head: string): readonly Suggestion[] {
  const steps = head.slice(0, -1).split('.');
  if (head === '@request.') return SECTIONS.map((text) => ({ text, kind: 'request', detail: '' }));
  if (head === '@collection.') {
    return scope.schema.collections.map(({ name }) => ({ text: `${name}.`, kind: 'collection', detail: '' }));
  }
  const sites = follow(scope, steps);
  const isCaller = head === '@request.auth.';
  const extra = isCaller ? ['collectionId', 'collectionName'] : [];
  const names = extra.map((text) => ({ text, kind: 'field', detail: 'text' }) as const);
  return unique([...sites.flatMap((site) => site.items(scope)), ...names]);
}

/** Where a path leads: records of a collection, or the parts of a value. */
interface Site {
  readonly collection: Collection | undefined;
  items(scope: RuleScope): readonly Suggestion[];
}

const at = (collection: Collection): Site => ({ collection, items: (scope) => fieldsOf(scope, collection) });

function follow(scope: RuleScope, steps: readonly string[]): readonly Site[] {
  const { schema, collection } = scope;
  const [root = '', name = ''] = steps;
  const authCollections = schema.collections.filter(({ type }) => type === 'auth');
  const start: { sites: readonly Site[]; rest: readonly string[] } =
    root === '@request' && name === 'auth'
      ? { sites: authCollections.map(at), rest: steps.slice(2) }
      : root === '@request' && name === 'body'
        ? { sites: [at(collection)], rest: steps.slice(2) }
        : root === '@collection'
          ? {
              sites: [schema.find(name.split(':')[0] ?? '')].flatMap((one) => (one ? [at(one)] : [])),
              rest: steps.slice(2),
            }
          : { sites: root.startsWith('@') ? [] : [at(collection)], rest: steps };
  if (start.rest.length > HOPS) return [];
  return start.rest.reduce<readonly Site[]>(
    (sites, step) => sites.flatMap((site) => (site.collection ? hop(schema, site.collection, step) : [])),
    start.sites,
  );
}

function hop(schema: Schema, collection: Collection, step: string): readonly Site[] {
  const field = fieldOf(collection, step);
  if (field === undefined) {
    const referrer = referrersOf(schema, collection).find((one) => one.name === step);
    return referrer ? [at(referrer.collection)] : [];
  }
  const { kind, target } = columnFacts(field);
  if (kind === 'geo') {
    const parts = ['lon', 'lat'].map((text) => ({ text, kind: 'field', detail: 'number' }) as const);
    return [{ collection: undefined, items: () => parts }];
  }
  const related = target === undefined ? undefined : schema.byId(target);
  return related ? [at(related)] : [];
}

function fieldsOf({ schema }: RuleScope, collection: Collection): readonly Suggestion[] {
  const own = collection.fields
    .filter((field) => columnFacts(field).readable)
    .map((field) => fieldItem(schema, field));
  const back = referrersOf(schema, collection).map(
    ({ name, collection: from }) => ({ text: name, kind: 'relation', detail: from.name }) as const,
  );
  return [...own, ...back];
}

function fieldItem(schema: Schema, field: Field): Suggestion {
  const { target } = columnFacts(field);
  const related = target === undefined ? undefined : schema.byId(target);
  return related
    ? { text: field.name, kind: 'relation', detail: related.name }
    : { text: field.name, kind: 'field', detail: field.type };
}

/** Relations of other collections that lead here, as a path spells them. */
function referrersOf(schema: Schema, collection: Collection) {
  return schema.collections.flatMap((from) =>
    from.fields
      .filter((field) => columnFacts(field).target === collection.id)
      .map((field) => ({ name: `${from.name}_via_${field.name}`, collection: from })),
  );
}

function modifiers(scope: RuleScope, head: string): readonly Suggestion[] {
  const steps = head.slice(0, -1).split('.');
  const item = (text: string) => ({ text, kind: 'modifier', detail: '' }) as const;
  const name = steps.at(-1) ?? '';
  const sent = /^@request\.(body|query|headers)\./.test(head) ? ['isset'] : [];
  const changed = head.startsWith('@request.body.') ? ['changed'] : [];
  const lists = follow(scope, steps.slice(0, -1))
    .flatMap(({ collection }) => (collection && fieldOf(collection, name)) ?? [])
    .some((field) => columnFacts(field).countable);
  return [...sent, ...changed, ...(lists ? ['each', 'length'] : []), 'lower'].map(item);
}

function unique(items: readonly Suggestion[]): readonly Suggestion[] {
  return [...new Map(items.map((item) => [item.text, item])).values()];
}
