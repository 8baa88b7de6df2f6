export type { CompareOp, Expr, Operand, PathModifier, SortKey } from './ast.ts';
export { compileCondition } from './compile.ts';
export type {
  Condition,
  ConditionCall,
  ConditionInput,
  ConditionPart,
  ConditionScope,
  Trust,
} from './condition.ts';
export { type Conditions, type ConditionWish, createConditions, type ReadyCondition } from './conditions.ts';
export { FilterError } from './filter-error.ts';
export { FILTER_LIMITS, type FilterLimits, parseFilter, RULE_LIMITS } from './parse.ts';
export { printFilter } from './print.ts';
export { parseSort } from './sort.ts';
