import type { SqlNode } from '../../postgres/index.ts';

/** The content of a parser's node of one kind. */
export type Body<Kind extends string> =
  Extract<SqlNode, Readonly<Record<Kind, unknown>>> extends Readonly<Record<Kind, infer Content>>
    ? Content
    : never;

export function stringsOf(nodes: readonly SqlNode[] | undefined): readonly string[] {
  return (nodes ?? []).flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
}

export type Constant = string | number | boolean | null;

/** The constant that an expression is, casts taken off; undefined for anything else. */
export function constantOf(node: SqlNode | undefined): Constant | undefined {
  if (node === undefined) return undefined;
  if ('TypeCast' in node) return constantOf(node.TypeCast.arg);
  if ('A_Expr' in node) return negated(node.A_Expr);
  if (!('A_Const' in node)) return undefined;
  return constantIn(node.A_Const);
}

/** The parser leaves out 0, false and the empty string. */
function constantIn({ ival, fval, sval, boolval, isnull }: Body<'A_Const'>): Constant | undefined {
  if (isnull === true) return null;
  if (ival !== undefined) return ival.ival ?? 0;
  if (fval !== undefined) return Number(fval.fval);
  if (boolval !== undefined) return boolval.boolval ?? false;
  return sval === undefined ? undefined : (sval.sval ?? '');
}

function negated(expression: Body<'A_Expr'>): Constant | undefined {
  const [operator] = stringsOf(expression.name);
  const inner = expression.lexpr === undefined && operator === '-' ? constantOf(expression.rexpr) : undefined;
  return typeof inner === 'number' ? -inner : undefined;
}

/** The last part of a column reference, casts taken off. */
export function columnOf(node: SqlNode | undefined): string | undefined {
  if (node === undefined) return undefined;
  if ('TypeCast' in node) return columnOf(node.TypeCast.arg);
  return 'ColumnRef' in node ? stringsOf(node.ColumnRef.fields).at(-1) : undefined;
}
