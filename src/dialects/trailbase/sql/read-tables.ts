import type { CollectionInput, Core, Field } from '../../../core/index.ts';
import { FilterError } from '../../../core/index.ts';
import { aliasNames } from '../api-options.ts';
import type { JsonSchema } from './checks.ts';
import { type ColumnDraft, type FieldDefinition, fieldNameOf, type TableDraft } from './draft.ts';
import { printIndex } from './draft-index.ts';
import { draftTable } from './draft-table.ts';
import { draftView } from './draft-view.ts';
import { orderTables } from './order-tables.ts';
import { SqlProblem, SqlProblems, shown } from './problem.ts';
import { readStatements } from './read-statements.ts';
import { type RuleTable, ruleSchema } from './rule-table.ts';
import type { IndexStatement, Statement, TableStatement, ViewStatement } from './statements.ts';

type Schema = Core['collections']['schema'];

/** A table that was read: its draft, and what access rules see of it. */
export interface ReadTable {
  readonly draft: TableDraft;
  readonly table: RuleTable;
  /** What the core makes it from: superusers only, until rules are set. */
  readonly definition: CollectionInput;
  /** Those of the definition. */
  readonly fields: readonly FieldDefinition[];
}

/** What tables are read with. */
export interface TablesContext {
  readonly schema: Schema;
  /** JSON schemas by the names that `jsonschema('name', col)` has for them. */
  readonly jsonSchemas: ReadonlyMap<string, JsonSchema>;
}

/**
 * Reads CREATE statements into definitions of collections, in the order in which they can be made (specs/trailbase.md 2, 3,
 * 10, 14). Nothing of the text is executed.
 *
 * @throws SqlProblems with a sentence for everything that cannot be taken
 */
export function readTables(text: string, context: TablesContext): readonly ReadTable[] {
  const { statements, problems: found } = readStatements(text);
  const problems = [...found];
  if (statements.length + problems.length === 0)
    problems.push(new SqlProblem({ line: 1, column: 1 }, 'there is no statement.'));
  const collect = <T>(work: () => T): T | undefined => {
    try {
      return work();
    } catch (error) {
      if (error instanceof SqlProblem) problems.push(error);
      else throw error;
      return undefined;
    }
  };
  const wanted = tablesToMake(statements, context.schema, collect);
  const drafts = wanted.flatMap((statement) => {
    const own: SqlProblem[] = [];
    const draft = collect(() => draftTable(statement, context.jsonSchemas, own));
    problems.push(...own);
    return draft ?? [];
  });
  // What refers to a table that could not be read would only be wrong for that reason.
  if (problems.length > 0) throw allOf(problems);
  const tables: ReadTable[] = [];
  for (const draft of collect(() => orderTables(drafts)) ?? []) {
    const known: Known = { drafts, made: tables.map((table) => table.draft), schema: context.schema };
    const table = collect(() => finish(withTargetIds(draft, known), known));
    if (table !== undefined) tables.push(table);
  }
  if (problems.length > 0) throw allOf(problems);
  for (const statement of statements) {
    if (statement.kind === 'index') collect(() => addIndex(statement, tables, context.schema));
    if (statement.kind === 'view') collect(() => addView(statement, tables, context.schema));
  }
  if (problems.length > 0) throw allOf(problems);
  return tables;
}

function allOf(problems: readonly SqlProblem[]): SqlProblems {
  const ordered = problems.toSorted((a, b) => a.place.line - b.place.line || a.place.column - b.place.column);
  return new SqlProblems([...new Set(ordered.map(({ message }) => message))]);
}

function tablesToMake(
  statements: readonly Statement[],
  schema: Schema,
  collect: <T>(work: () => T) => T | undefined,
): readonly TableStatement[] {
  const made: TableStatement[] = [];
  const aliases = new Set(aliasNames(schema).map((name) => name.toLowerCase()));
  for (const statement of statements) {
    if (statement.kind !== 'table') continue;
    collect(() => {
      const { name, at, ifNotExists } = statement;
      const lower = name.toLowerCase();
      const exists =
        schema.byName(name) !== undefined || made.some((other) => other.name.toLowerCase() === lower);
      if (exists && !ifNotExists) throw new SqlProblem(at, `there is a collection ${shown(name)} already.`);
      // The collection would take the name from the record API, and its clients with it.
      if (!exists && aliases.has(lower))
        throw new SqlProblem(at, `there is a record API ${shown(name)} already, of another collection.`);
      if (!exists) made.push(statement);
    });
  }
  return made;
}

const COMMON: Omit<Field, 'id' | 'name' | 'type'> = {
  system: false,
  hidden: false,
  presentable: false,
  help: '',
  required: false,
};

/** Text keys may be anything that a path can name. */
const TEXT_KEY = { type: 'text', min: 1, max: 100, pattern: '^.+$', autogeneratePattern: '[a-z0-9]{15}' };

/** What a table may refer to. */
interface Known {
  readonly drafts: readonly TableDraft[];
  /** Those before it, finished. */
  readonly made: readonly TableDraft[];
  readonly schema: Schema;
}

/** The draft with ids like those that its key refers to. */
function withTargetIds(draft: TableDraft, { made, drafts, schema }: Known): TableDraft {
  const reference = draft.columns.find(({ carrier }) => carrier !== undefined)?.refersTo;
  if (reference === undefined) return draft;
  const target = findTarget(reference, [...made, ...drafts], schema);
  if (target.id === draft.id) throw new SqlProblem(reference.at, 'a key cannot refer to its own table.');
  return { ...draft, idKind: target.idKind };
}

function finish(draft: TableDraft, { drafts, schema }: Known): ReadTable {
  const fields = draft.columns.flatMap(({ field, carrier, refersTo }): FieldDefinition[] => {
    const own = field ?? carrier;
    if (own === undefined) return [];
    return [refersTo === undefined ? own : { ...own, collectionId: findTarget(refersTo, drafts, schema).id }];
  });
  const { id, name, key, idKind } = draft;
  const keyField: FieldDefinition = { id: 'text3208210256', name: 'id', type: 'text' };
  const table: RuleTable = {
    ...{ id, name, key, idKind, isAccounts: false },
    noCase: new Set(draft.columns.filter((column) => column.noCase).map(fieldNameOf)),
    fields: [keyField, ...fields].map(
      (field): Field => ({ ...COMMON, ...field, hidden: field.writeOnly === true }),
    ),
  };
  const own = idKind === 'text' ? [{ ...keyField, ...TEXT_KEY }, ...fields] : fields;
  const definition = { ...{ id, name, idKind }, type: 'base', fields: own, indexes: draft.indexes };
  return { draft, table, definition, fields: own };
}

function findTarget(
  { at, table, column }: NonNullable<ColumnDraft['refersTo']>,
  drafts: readonly TableDraft[],
  schema: Schema,
): Pick<TableDraft, 'id' | 'key' | 'idKind'> {
  const draft = drafts.find(({ name }) => name.toLowerCase() === table.toLowerCase());
  const target = draft ?? ruleSchema(schema).table(table);
  if (target === undefined) throw new SqlProblem(at, `there is no table ${shown(table)} to refer to.`);
  if (column !== undefined && column.toLowerCase() !== target.key.toLowerCase())
    throw new SqlProblem(
      at,
      `a reference is to the key of the other table, which is ${shown(target.key)}, not to ${shown(column)}.`,
    );
  return target;
}

/** In an index as the core and {@link printIndex} write it. */
const INDEX_NAME = /^CREATE (?:UNIQUE )?INDEX `(\w+)`/;

function addIndex(statement: IndexStatement, tables: readonly ReadTable[], schema: Schema): void {
  const { name, at, ifNotExists } = statement;
  const indexes = [...tables.map(({ draft }) => draft), ...schema.collections].flatMap(
    (each) => each.indexes,
  );
  if (indexes.some((text) => INDEX_NAME.exec(text)?.[1]?.toLowerCase() === name.toLowerCase())) {
    if (ifNotExists) return;
    throw new SqlProblem(at, `there is an index ${shown(name)} already.`);
  }
  const { draft } = ownTable(statement.table, statement, tables);
  draft.indexes.push(printIndex(draft, statement));
}

function addView(statement: ViewStatement, tables: readonly ReadTable[], schema: Schema): void {
  const { name, at, ifNotExists, select } = statement;
  const views = tables.flatMap(({ draft }) => [draft.name, ...draft.views.map((view) => view.name)]);
  const taken = [...views, ...schema.collections.map((each) => each.name), ...aliasNames(schema)];
  if (taken.some((other) => other.toLowerCase() === name.toLowerCase())) {
    if (ifNotExists) return;
    throw new SqlProblem(at, `there is a table or view ${shown(name)} already.`);
  }
  const [source, second] = select.from;
  if (source === undefined || second !== undefined)
    throw new SqlProblem(at, 'a view over more than one table is not supported.');
  const { draft, table } = ownTable(source.table, statement, tables);
  const drafts = tables.map((each) => each.table);
  try {
    draft.views.push(draftView(statement, { draft, table, schema: ruleSchema(schema, drafts) }));
  } catch (error) {
    if (!(error instanceof FilterError)) throw error;
    throw new SqlProblem(at, `the condition of the view ${shown(name)} cannot be kept: ${error.message}.`);
  }
}

function ownTable(name: string, { at, kind }: Statement, tables: readonly ReadTable[]): ReadTable {
  const found = tables.find(({ draft }) => draft.name.toLowerCase() === name.toLowerCase());
  if (found === undefined)
    throw new SqlProblem(at, `the ${kind} is over the table ${shown(name)}, which is not made here.`);
  return found;
}
