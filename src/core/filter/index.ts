export type { Expr } from './ast.ts';
export type { Condition } from './condition.ts';
export { createConditions, type ReadyCondition } from './conditions.ts';
export { FilterError } from './filter-error.ts';
export { parseFilter } from './parse.ts';
export { parseSort } from './sort.ts';
