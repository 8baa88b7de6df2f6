import { type Expr, FilterError, printFilter } from '../../../core/index.ts';
import { type Place, SqlProblem, shown } from '../sql/problem.ts';
import { readRule } from '../sql/rule.ts';
import type { RuleAction } from '../sql/rule-scope.ts';
import type { RuleSchema, RuleTable } from '../sql/rule-table.ts';
import type { Permission, RecordApi } from './record-api.ts';

/** Rules of a collection in the native language; null: superusers only. */
export interface NativeRules {
  readonly listRule: string | null;
  readonly viewRule: string | null;
  readonly createRule: string | null;
  readonly updateRule: string | null;
  readonly deleteRule: string | null;
}

/** What an entry of `record_apis` lets whom do. */
export interface NativeAccess {
  readonly rules: NativeRules;
  readonly schemaAccess: string | null;
}

const SIGNED_IN: Expr = {
  kind: 'compare',
  op: '!=',
  any: false,
  left: { kind: 'path', path: '@request.auth.id' },
  right: { kind: 'text', value: '' },
};

/**
 * The lists and access rules of an entry as rules that hold in every dialect (specs/trailbase.md 3, 11): who is on neither list
 * is refused; who is must meet the access rule as well.
 *
 * @throws SqlProblem with the place of the rule in the configuration
 */
export function nativeAccess(api: RecordApi, schema: RuleSchema, table: RuleTable): NativeAccess {
  const rule = (permission: Permission, action: RuleAction) =>
    nativeRule(api, permission, action, schema, table);
  const read = rule('READ', 'read');
  return {
    rules: {
      listRule: read,
      viewRule: read,
      createRule: rule('CREATE', 'create'),
      updateRule: rule('UPDATE', 'update'),
      deleteRule: rule('DELETE', 'delete'),
    },
    schemaAccess: rule('SCHEMA', 'schema'),
  };
}

function nativeRule(
  api: RecordApi,
  permission: Permission,
  action: RuleAction,
  schema: RuleSchema,
  table: RuleTable,
): string | null {
  const access = api.rules[action];
  // Read in any case, so that a wrong one is told.
  const expr =
    access === undefined
      ? undefined
      : located(api, action, access.at, () => readRule(access.text, { schema, table, action }));
  const isOpen = api.world?.has(permission) === true;
  if (!isOpen && api.authenticated?.has(permission) !== true) return null;
  const terms = [...(isOpen ? [] : [SIGNED_IN]), ...(expr === undefined ? [] : [expr])];
  const [first] = terms;
  if (first === undefined) return '';
  return located(api, action, access?.at ?? api.at, () =>
    printFilter(terms.length === 1 ? first : { kind: 'and', terms }),
  );
}

/** Lines within a rule say nothing; what is wrong is told with the line of the rule. */
function located<T>({ name }: RecordApi, action: RuleAction, at: Place, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const what =
      error instanceof SqlProblem
        ? error.what
        : error instanceof FilterError
          ? `${error.message}.`
          : undefined;
    if (what === undefined) throw error;
    throw new SqlProblem(at, `the ${action} rule of the record API ${shown(name ?? '')}: ${what}`);
  }
}
