import type { SqlNode } from '../../postgres/index.ts';
import { constantOf, stringsOf, type Body } from '../schema/nodes.ts';

import { FUNCTIONS } from './functions.ts';
import { matches } from './patterns.ts';
import { compare, UNKNOWN, type Outcome, type SqlValue } from './sql-value.ts';

/** The value of a column in the row that is looked at; `UNKNOWN` where there is no such column. */
export type ReadColumn = (column: string) => Outcome;

/** What an expression yields, by SQL's rules for NULL; `UNKNOWN` where a part that decides is not understood. */
export function evaluate(node: SqlNode | undefined, read: ReadColumn): Outcome {
  if (node === undefined) return UNKNOWN;
  if ('A_Const' in node) return constantOf(node) ?? null;
  if ('ColumnRef' in node) return read(stringsOf(node.ColumnRef.fields).at(-1) ?? '');
  if ('TypeCast' in node) return evaluate(node.TypeCast.arg, read);
  if ('CollateClause' in node) return evaluate(node.CollateClause.arg, read);
  if ('BoolExpr' in node) return logical(node.BoolExpr, read);
  if ('A_Expr' in node) return operation(node.A_Expr, read);
  if ('FuncCall' in node) return call(node.FuncCall, read);
  return evaluateTest(node, read);
}

function evaluateTest(node: SqlNode, read: ReadColumn): Outcome {
  if ('NullTest' in node) {
    const value = evaluate(node.NullTest.arg, read);
    return value === UNKNOWN ? UNKNOWN : (value === null) === (node.NullTest.nulltesttype === 'IS_NULL');
  }
  if ('BooleanTest' in node) return booleanTest(node.BooleanTest, read);
  if ('CoalesceExpr' in node) return firstKnown(valuesOf(node.CoalesceExpr.args, read));
  if ('CaseExpr' in node) return caseValue(node.CaseExpr, read);
  if ('A_ArrayExpr' in node) return listOf(valuesOf(node.A_ArrayExpr.elements, read));
  return 'List' in node ? listOf(valuesOf(node.List.items, read)) : UNKNOWN;
}

const valuesOf = (nodes: readonly SqlNode[] | undefined, read: ReadColumn): readonly Outcome[] =>
  (nodes ?? []).map((node) => evaluate(node, read));

function listOf(values: readonly Outcome[]): Outcome {
  return values.every((value) => value !== UNKNOWN) ? values : UNKNOWN;
}

function firstKnown(values: readonly Outcome[]): Outcome {
  return values.find((value) => value !== null) ?? null;
}

function logical({ boolop, args }: Body<'BoolExpr'>, read: ReadColumn): Outcome {
  const values = valuesOf(args, read);
  if (boolop === 'NOT_EXPR') return negated(values[0] ?? null);
  const decisive = boolop === 'OR_EXPR';
  if (values.includes(decisive)) return decisive;
  if (values.includes(UNKNOWN)) return UNKNOWN;
  return values.includes(null) ? null : !decisive;
}

const negated = (value: Outcome): Outcome => (value === UNKNOWN || value === null ? value : value !== true);

function booleanTest({ arg, booltesttype }: Body<'BooleanTest'>, read: ReadColumn): Outcome {
  const value = evaluate(arg, read);
  if (value === UNKNOWN) return UNKNOWN;
  const wanted = BOOLEAN_TESTS[booltesttype ?? ''];
  return wanted === undefined ? UNKNOWN : (value === wanted.is) !== wanted.not;
}

const BOOLEAN_TESTS: Readonly<Record<string, { readonly is: boolean | null; readonly not: boolean }>> = {
  IS_TRUE: { is: true, not: false },
  IS_NOT_TRUE: { is: true, not: true },
  IS_FALSE: { is: false, not: false },
  IS_NOT_FALSE: { is: false, not: true },
  IS_UNKNOWN: { is: null, not: false },
  IS_NOT_UNKNOWN: { is: null, not: true },
};

function caseValue({ arg, args, defresult }: Body<'CaseExpr'>, read: ReadColumn): Outcome {
  for (const branch of args ?? []) {
    if (!('CaseWhen' in branch)) return UNKNOWN;
    const { expr, result } = branch.CaseWhen;
    const holds =
      arg === undefined ? evaluate(expr, read) : binary('=', evaluate(arg, read), evaluate(expr, read));
    if (holds === UNKNOWN) return UNKNOWN;
    if (holds === true) return evaluate(result, read);
  }
  return defresult === undefined ? null : evaluate(defresult, read);
}

function call({ funcname, args }: Body<'FuncCall'>, read: ReadColumn): Outcome {
  const of = FUNCTIONS[stringsOf(funcname).at(-1) ?? ''];
  const values = valuesOf(args, read);
  if (of === undefined || values.includes(UNKNOWN)) return UNKNOWN;
  return of(values as readonly SqlValue[]);
}

function operation({ kind, name, lexpr, rexpr }: Body<'A_Expr'>, read: ReadColumn): Outcome {
  const [operator = ''] = stringsOf(name).slice(-1);
  const left = lexpr === undefined ? undefined : evaluate(lexpr, read);
  const right = evaluate(rexpr, read);
  if (left === UNKNOWN || right === UNKNOWN) return UNKNOWN;
  if (left === undefined) return operator === '-' && typeof right === 'number' ? -right : UNKNOWN;
  const list = Array.isArray(right) ? (right as readonly SqlValue[]) : undefined;
  const special = SPECIAL_OPERATIONS[kind ?? ''];
  if (special === undefined) return binary(operator, left, right);
  return special(left, right, list, operator);
}

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
