import type { SqlNode } from '../../postgres/index.ts';

import { isNumber, isTime, type ColumnType } from '../column-type.ts';

import { columnOf, constantOf, stringsOf, type Body, type Constant } from './nodes.ts';
import type { Check } from './schema.ts';

/** What a simple CHECK asks of one column. Bounds are inclusive unless `strict`. */
export type Restriction =
  | {
      readonly kind: 'min' | 'max';
      readonly column: string;
      readonly bound: Constant;
      readonly strict: boolean;
    }
  | { readonly kind: 'values'; readonly column: string; readonly values: readonly Constant[] }
  /** In characters. */
  | { readonly kind: 'shortest' | 'longest'; readonly column: string; readonly length: number }
  | { readonly kind: 'notNull'; readonly column: string }
  | { readonly kind: 'differs'; readonly column: string; readonly from: Constant }
  /** A regular expression that the text matches. */
  | { readonly kind: 'pattern'; readonly column: string; readonly pattern: string }
  /** This column is not before the other one. */
  | { readonly kind: 'notBefore'; readonly column: string; readonly other: string };

/** Of a check those parts that ask something of one column; the others are tried out on rows (`checks/`). */
export function restrictionsOf({ expression, domainColumn }: Check): readonly Restriction[] {
  const read = understand(expression) ?? [];
  if (domainColumn === undefined) return read;
  return read.map((one) => (one.column === 'value' ? { ...one, column: domainColumn } : one));
}

/** Kinds that a generator chosen by the program always keeps, for the types of which they say anything. */
const RESPECTED: readonly Restriction['kind'][] = ['longest', 'shortest', 'notNull', 'values', 'min', 'max'];

/** Whether all of the check is in restrictions that generators keep. */
export function isRespected(
  check: Check,
  columns: readonly { readonly name: string; readonly type: ColumnType }[],
): boolean {
  const { boolop, args } = 'BoolExpr' in check.expression ? check.expression.BoolExpr : {};
  const parts = boolop === 'AND_EXPR' ? (args ?? []) : [check.expression];
  const read = parts.map(understand);
  const kinds = read.flatMap((one) => one ?? []);
  const isPlain = columns.every(({ type }) => type.kind === 'text' || isNumber(type) || isTime(type));
  return (
    isPlain && read.every((one) => one !== undefined) && kinds.every(({ kind }) => RESPECTED.includes(kind))
  );
}

function understand(node: SqlNode | undefined): readonly Restriction[] | undefined {
  if (node === undefined) return undefined;
  if ('BoolExpr' in node) return understandBool(node.BoolExpr);
  if ('NullTest' in node) return understandNullTest(node.NullTest);
  return 'A_Expr' in node ? understandOperator(node.A_Expr) : undefined;
}

function understandBool({ boolop, args = [] }: Body<'BoolExpr'>): readonly Restriction[] | undefined {
  if (boolop === 'AND_EXPR') return args.flatMap((arg) => understand(arg) ?? []);
  // `x IS NULL OR …` asks for the rest of values that are there.
  const parts = args.filter((part) => !isNullTest(part));
  const [part] = parts;
  return boolop === 'OR_EXPR' && parts.length === 1 ? understand(part) : undefined;
}

const isNullTest = (node: SqlNode): boolean => 'NullTest' in node && node.NullTest.nulltesttype === 'IS_NULL';

function understandNullTest({ arg, nulltesttype }: Body<'NullTest'>): readonly Restriction[] | undefined {
  const column = columnOf(arg);
  return column !== undefined && nulltesttype === 'IS_NOT_NULL' ? [{ kind: 'notNull', column }] : undefined;
}

function understandOperator(expression: Body<'A_Expr'>): readonly Restriction[] | undefined {
  // pg_dump writes OPERATOR(public.~) for those of an extension.
  const operator = stringsOf(expression.name).at(-1) ?? '';
  const { kind, lexpr: left, rexpr: right } = expression;
  if (kind === 'AEXPR_BETWEEN') return between(columnOf(left), itemsOf(right));
  if ((kind === 'AEXPR_IN' || kind === 'AEXPR_OP_ANY') && operator === '=')
    return oneOf(columnOf(left), itemsOf(right));
  return kind === 'AEXPR_OP' ? compared(left, operator, right) : undefined;
}

/** Of a list, an ARRAY[…], or a cast of either. */
function itemsOf(node: SqlNode | undefined): readonly SqlNode[] {
  if (node === undefined) return [];
  if ('List' in node) return node.List.items ?? [];
  if ('A_ArrayExpr' in node) return node.A_ArrayExpr.elements ?? [];
  return 'TypeCast' in node ? itemsOf(node.TypeCast.arg) : [];
}

function between(column: string | undefined, bounds: readonly SqlNode[]): readonly Restriction[] | undefined {
  const [min, max] = bounds.map(constantOf);
  if (column === undefined || min === undefined || max === undefined) return undefined;
  return [
    { kind: 'min', column, bound: min, strict: false },
    { kind: 'max', column, bound: max, strict: false },
  ];
}

function oneOf(column: string | undefined, items: readonly SqlNode[]): readonly Restriction[] | undefined {
  const values = items.map(constantOf).filter((value) => value !== undefined);
  return column !== undefined && values.length > 0 && values.length === items.length
    ? [{ kind: 'values', column, values }]
    : undefined;
}

const MIRRORED: Readonly<Record<string, string>> = {
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
  '=': '=',
  '<>': '<>',
};

function compared(
  left: SqlNode | undefined,
  operator: string,
  right: SqlNode | undefined,
): readonly Restriction[] | undefined {
  const constant = constantOf(right);
  if (constant !== undefined) return measured(left, operator, constant);
  const mirrored = constantOf(left);
  if (mirrored !== undefined) return measured(right, MIRRORED[operator] ?? '', mirrored);
  return ordered(columnOf(left), operator, columnOf(right));
}

function ordered(
  left: string | undefined,
  operator: string,
  right: string | undefined,
): readonly Restriction[] | undefined {
  if (left === undefined || right === undefined) return undefined;
  if (operator === '>' || operator === '>=') return [{ kind: 'notBefore', column: left, other: right }];
  if (operator === '<' || operator === '<=') return [{ kind: 'notBefore', column: right, other: left }];
  return undefined;
}

function measured(
  left: SqlNode | undefined,
  operator: string,
  bound: Constant,
): readonly Restriction[] | undefined {
  const column = columnOf(left);
  if (column !== undefined) return compareColumn(column, operator, bound);
  const measuredColumn = lengthOf(left);
  return measuredColumn !== undefined && typeof bound === 'number'
    ? compareLength(measuredColumn, operator, bound)
    : undefined;
}

function compareColumn(
  column: string,
  operator: string,
  bound: Constant,
): readonly Restriction[] | undefined {
  if (operator === '>' || operator === '>=')
    return [{ kind: 'min', column, bound, strict: operator === '>' }];
  if (operator === '<' || operator === '<=')
    return [{ kind: 'max', column, bound, strict: operator === '<' }];
  if (operator === '=') return [{ kind: 'values', column, values: [bound] }];
  if (operator === '~' && typeof bound === 'string') return [{ kind: 'pattern', column, pattern: bound }];
  return operator === '<>' ? [{ kind: 'differs', column, from: bound }] : undefined;
}

const LENGTH_FUNCTIONS = ['length', 'char_length', 'character_length', 'octet_length'];

function lengthOf(node: SqlNode | undefined): string | undefined {
  if (node === undefined || !('FuncCall' in node)) return undefined;
  const name = stringsOf(node.FuncCall.funcname).at(-1) ?? '';
  return LENGTH_FUNCTIONS.includes(name) ? columnOf(node.FuncCall.args?.[0]) : undefined;
}

function compareLength(column: string, operator: string, bound: number): readonly Restriction[] | undefined {
  if (operator === '>' || operator === '>=')
    return [{ kind: 'shortest', column, length: operator === '>' ? bound + 1 : bound }];
  if (operator === '<' || operator === '<=')
    return [{ kind: 'longest', column, length: operator === '<' ? bound - 1 : bound }];
  if (operator !== '=') return undefined;
  return [
    { kind: 'shortest', column, length: bound },
    { kind: 'longest', column, length: bound },
  ];
}
