import type { SqlNode } from '../../postgres/index.ts';
import { constantOf, stringsOf, type Body } from '../schema/nodes.ts';

import { FUNCTIONS } from './functions.ts';
import { matches } from './patterns.ts';
import { compare, UNKNOWN, type Outcome, type SqlValue } from './sql-value.ts';

/** The value of a column in the row that is looked at; `UNKNOWN` where there is no such column. */
export type ReadColumn = (column: string) => Outcome;

/** What an expression yields in a row, by SQL's rules for NULL; `UNKNOWN` where a part that decides is not understood. */
export type Evaluate = (read: ReadColumn) => Outcome;

/** Reads the expression once, for thousands of rows. */
export function evaluator(node: SqlNode | undefined): Evaluate {
  if (node === undefined) return notUnderstood;
  if ('A_Const' in node) return always(constantOf(node) ?? null);
  if ('ColumnRef' in node) return column(stringsOf(node.ColumnRef.fields).at(-1) ?? '');
  if ('TypeCast' in node) return evaluator(node.TypeCast.arg);
  if ('CollateClause' in node) return evaluator(node.CollateClause.arg);
  if ('BoolExpr' in node) return logical(node.BoolExpr);
  if ('A_Expr' in node) return operation(node.A_Expr);
  if ('FuncCall' in node) return call(node.FuncCall);
  return test(node);
}

const notUnderstood: Evaluate = () => UNKNOWN;

const always =
  (value: Outcome): Evaluate =>
  () =>
    value;

const column =
  (name: string): Evaluate =>
  (read) =>
    read(name);

function test(node: SqlNode): Evaluate {
  if ('NullTest' in node) {
    const value = evaluator(node.NullTest.arg);
    return nullTest(value, node.NullTest.nulltesttype === 'IS_NULL');
  }
  if ('BooleanTest' in node) return booleanTest(node.BooleanTest);
  if ('CoalesceExpr' in node) return firstKnown(evaluators(node.CoalesceExpr.args));
  if ('CaseExpr' in node) return caseValue(node.CaseExpr);
  if ('A_ArrayExpr' in node) return listOf(evaluators(node.A_ArrayExpr.elements));
  return 'List' in node ? listOf(evaluators(node.List.items)) : notUnderstood;
}

const evaluators = (nodes: readonly SqlNode[] | undefined): readonly Evaluate[] =>
  (nodes ?? []).map((node) => evaluator(node));

const nullTest =
  (of: Evaluate, isNull: boolean): Evaluate =>
  (read) => {
    const value = of(read);
    return value === UNKNOWN ? UNKNOWN : (value === null) === isNull;
  };

const listOf =
  (items: readonly Evaluate[]): Evaluate =>
  (read) => {
    const values = items.map((item) => item(read));
    return areKnown(values) ? values : UNKNOWN;
  };

const areKnown = (values: readonly Outcome[]): values is readonly SqlValue[] => !values.includes(UNKNOWN);

const firstKnown =
  (of: readonly Evaluate[]): Evaluate =>
  (read) => {
    for (const one of of) {
      const value = one(read);
      if (value !== null) return value;
    }
    return null;
  };

function logical({ boolop, args }: Body<'BoolExpr'>): Evaluate {
  const parts = evaluators(args);
  if (boolop === 'NOT_EXPR') return (read) => negated(parts[0]?.(read) ?? null);
  const decisive = boolop === 'OR_EXPR';
  return (read) => {
    const values = parts.map((part) => part(read));
    if (values.includes(decisive)) return decisive;
    if (values.includes(UNKNOWN)) return UNKNOWN;
    return values.includes(null) ? null : !decisive;
  };
}

const negated = (value: Outcome): Outcome => (value === UNKNOWN || value === null ? value : value !== true);

function booleanTest({ arg, booltesttype }: Body<'BooleanTest'>): Evaluate {
  const of = evaluator(arg);
  const wanted = BOOLEAN_TESTS[booltesttype ?? ''];
  if (wanted === undefined) return notUnderstood;
  return (read) => {
    const value = of(read);
    return value === UNKNOWN ? UNKNOWN : (value === wanted.is) !== wanted.not;
  };
}

const BOOLEAN_TESTS: Readonly<Record<string, { readonly is: boolean | null; readonly not: boolean }>> = {
  IS_TRUE: { is: true, not: false },
  IS_NOT_TRUE: { is: true, not: true },
  IS_FALSE: { is: false, not: false },
  IS_NOT_FALSE: { is: false, not: true },
  IS_UNKNOWN: { is: null, not: false },
  IS_NOT_UNKNOWN: { is: null, not: true },
};

interface Branch {
  readonly when: Evaluate;
  readonly result: Evaluate;
}

function caseValue({ arg, args, defresult }: Body<'CaseExpr'>): Evaluate {
  const of = arg === undefined ? undefined : evaluator(arg);
  const branches = (args ?? []).flatMap((branch) =>
    'CaseWhen' in branch ? [branchOf(branch.CaseWhen, of)] : [],
  );
  if (branches.length < (args ?? []).length) return notUnderstood;
  const otherwise = defresult === undefined ? always(null) : evaluator(defresult);
  return (read) => {
    for (const { when, result } of branches) {
      const holds = when(read);
      if (holds === UNKNOWN) return UNKNOWN;
      if (holds === true) return result(read);
    }
    return otherwise(read);
  };
}

function branchOf({ expr, result }: Body<'CaseWhen'>, of: Evaluate | undefined): Branch {
  const when = evaluator(expr);
  return {
    when: of === undefined ? when : (read) => binary('=', of(read), when(read)),
    result: evaluator(result),
  };
}

function call({ funcname, args }: Body<'FuncCall'>): Evaluate {
  const of = FUNCTIONS[stringsOf(funcname).at(-1) ?? ''];
  const parts = evaluators(args);
  if (of === undefined) return notUnderstood;
  return (read) => {
    const values = parts.map((part) => part(read));
    return areKnown(values) ? of(values) : UNKNOWN;
  };
}

function operation({ kind, name, lexpr, rexpr }: Body<'A_Expr'>): Evaluate {
  const [operator = ''] = stringsOf(name).slice(-1);
  const right = evaluator(rexpr);
  if (lexpr === undefined) return operator === '-' ? minus(right) : notUnderstood;
  const left = evaluator(lexpr);
  const special = SPECIAL_OPERATIONS[kind ?? ''];
  if (special === undefined) return (read) => binary(operator, left(read), right(read));
  return (read) => {
    const one = left(read);
    const other = right(read);
    if (one === UNKNOWN || other === UNKNOWN) return UNKNOWN;
    return special(one, other, Array.isArray(other) ? (other as readonly SqlValue[]) : undefined, operator);
  };
}

const minus =
  (of: Evaluate): Evaluate =>
  (read) => {
    const value = of(read);
    return typeof value === 'number' ? -value : UNKNOWN;
  };

type Operation = (
  left: SqlValue,
  right: SqlValue,
  list: readonly SqlValue[] | undefined,
  operator: string,
) => Outcome;

const SPECIAL_OPERATIONS: Readonly<Record<string, Operation>> = {
  AEXPR_IN: (left, _, list, operator) =>
    list === undefined ? UNKNOWN : inList(operator === '<>', left, list),
  AEXPR_OP_ANY: (left, _, list, operator) =>
    list === undefined ? UNKNOWN : some(list.map((one) => binary(operator, left, one))),
  AEXPR_OP_ALL: (left, _, list, operator) =>
    list === undefined ? UNKNOWN : every(list.map((one) => binary(operator, left, one))),
  AEXPR_BETWEEN: (left, _, list) => between(left, list),
  AEXPR_NOT_BETWEEN: (left, _, list) => negated(between(left, list)),
  AEXPR_DISTINCT: (left, right) => negated(same(left, right)),
  AEXPR_NOT_DISTINCT: (left, right) => same(left, right),
};

function inList(isNot: boolean, left: SqlValue, list: readonly SqlValue[]): Outcome {
  const found = some(list.map((one) => binary('=', left, one)));
  return isNot ? negated(found) : found;
}

function between(left: SqlValue, bounds: readonly SqlValue[] | undefined): Outcome {
  const [low = null, high = null] = bounds ?? [];
  return every([binary('>=', left, low), binary('<=', left, high)]);
}

const same = (left: SqlValue, right: SqlValue): Outcome =>
  left === null || right === null ? left === right : binary('=', left, right);

function some(values: readonly Outcome[]): Outcome {
  if (values.includes(true)) return true;
  if (values.includes(UNKNOWN)) return UNKNOWN;
  return values.includes(null) ? null : false;
}

function every(values: readonly Outcome[]): Outcome {
  if (values.includes(false)) return false;
  if (values.includes(UNKNOWN)) return UNKNOWN;
  return values.includes(null) ? null : true;
}

const ORDER: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '!=': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

const ARITHMETIC: Readonly<Record<string, (one: number, other: number) => number>> = {
  '+': (one, other) => one + other,
  '-': (one, other) => one - other,
  '*': (one, other) => one * other,
  '/': (one, other) => one / other,
  '%': (one, other) => one % other,
};

function binary(operator: string, left: Outcome, right: Outcome): Outcome {
  if (left === UNKNOWN || right === UNKNOWN) return UNKNOWN;
  if (left === null || right === null) return null;
  const holds = ORDER[operator];
  if (holds === undefined) return computed(operator, left, right);
  const order = compare(left, right);
  return order === undefined ? UNKNOWN : holds(order);
}

function computed(operator: string, left: SqlValue, right: SqlValue): Outcome {
  if (typeof left === 'number' && typeof right === 'number')
    return ARITHMETIC[operator]?.(left, right) ?? UNKNOWN;
  if (typeof left !== 'string' || typeof right !== 'string') return UNKNOWN;
  return operator === '||' ? left + right : matches(operator, left, right);
}
