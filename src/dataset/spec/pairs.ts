import type { SqlNode } from '../../postgres/index.ts';
import type { Generator } from '../generator.ts';
import { columnOf, stringsOf } from '../schema/nodes.ts';
import type { SchemaTable } from '../schema/schema.ts';

import type { FilledColumn } from './draft.ts';

/** What a CHECK says of two columns: the first below the second, or the two apart. */
interface Pair {
  readonly low: string;
  readonly high: string;
  readonly ordered: boolean;
}

/** Columns that a CHECK compares with each other get values that suit: two keys of one table, or two numbers. */
export function withPairs(
  { checks }: SchemaTable,
  columns: readonly FilledColumn[],
): readonly FilledColumn[] {
  return checks.flatMap(({ expression }) => pairsIn(expression)).reduce(withPair, columns);
}

function pairsIn(node: SqlNode): readonly Pair[] {
  if ('BoolExpr' in node && node.BoolExpr.boolop === 'AND_EXPR')
    return (node.BoolExpr.args ?? []).flatMap(pairsIn);
  if (!('A_Expr' in node) || node.A_Expr.kind !== 'AEXPR_OP') return [];
  const { name, lexpr, rexpr } = node.A_Expr;
  const left = columnOf(lexpr);
  const right = columnOf(rexpr);
  const make = PAIRS[stringsOf(name)[0] ?? ''];
  return left === undefined || right === undefined || left === right || make === undefined
    ? []
    : [make(left, right)];
}

const apart = (low: string, high: string): Pair => ({ low, high, ordered: false });
const rising = (low: string, high: string): Pair => ({ low, high, ordered: true });
const falling = (high: string, low: string): Pair => ({ low, high, ordered: true });

const PAIRS: Readonly<Record<string, (left: string, right: string) => Pair>> = {
  '<': rising,
  '<=': rising,
  '>': falling,
  '>=': falling,
  '<>': apart,
  '!=': apart,
};

function withPair(columns: readonly FilledColumn[], pair: Pair): readonly FilledColumn[] {
  const low = columns.find((one) => one.name === pair.low);
  const high = columns.find((one) => one.name === pair.high);
  if (low === undefined || high === undefined || low.explicit || high.explicit) return columns;
  const made = pairOf(low.generator, high.generator, pair);
  if (made === undefined) return columns;
  return columns.map((one) =>
    one.name === pair.low
      ? { ...one, generator: made[0] }
      : one.name === pair.high
        ? { ...one, generator: made[1] }
        : one,
  );
}

function pairOf(
  low: Generator<string>,
  high: Generator<string>,
  { low: name, high: other, ordered }: Pair,
): readonly [Generator<string>, Generator<string>] | undefined {
  if (low.kind === 'number' && high.kind === 'number') {
    const middle = Math.floor((Math.max(low.min, high.min) + Math.min(low.max, high.max)) / 2);
    return [
      { ...low, max: middle },
      { ...high, min: middle + 1 },
    ];
  }
  const areKeys =
    low.kind === 'reference' &&
    high.kind === 'reference' &&
    low.key === high.key &&
    low.pick.kind === 'random' &&
    high.pick.kind === 'random';
  if (!areKeys) return undefined;
  const draw = `${name} ${other}`;
  return [
    { ...low, draw, pick: { kind: 'pair', place: 0, ordered } },
    { ...high, draw, pick: { kind: 'pair', place: 1, ordered } },
  ];
}
