import type { ColumnEntry } from '../definition.ts';
import { hasOrder } from '../cells/ordered.ts';
import { typeName } from '../column-type.ts';
import type { Generator } from '../generator.ts';

import type { Context, Report } from './context.ts';
import { readDistribution } from './distribution.ts';
import type { ColumnDraft, FilledColumn } from './draft.ts';
import { injective } from './injective.ts';

type Asked = Pick<ColumnEntry, 'n_distinct' | 'correlation' | 'distribution' | 'values'>;
type Made = ColumnDraft & Pick<FilledColumn, 'generator' | 'explicit'>;

/** The generator with the number of values and the order that the entry asks for; undefined after an issue. */
export function arranged(entry: Asked, column: Made, { report }: Context): Generator<string> | undefined {
  const { n_distinct: distinct, correlation, distribution } = entry;
  if (distinct === undefined && correlation === undefined) {
    if (distribution === undefined || takesDistribution(column.generator)) return column.generator;
    report(
      ['distribution'],
      `a distribution is of drawn keys, of values, of numbers in a range, or of n_distinct values; ${column.generator.kind} has none`,
    );
    return undefined;
  }
  const of = source(entry, column, report);
  if (of === undefined || !isOrdered(of, correlation, column, report)) return undefined;
  return {
    kind: 'indexed',
    of,
    distinct,
    correlation,
    distribution: readDistribution(column.generator.kind === 'choice' ? undefined : distribution),
  };
}

function isOrdered(
  of: Generator<string>,
  correlation: number | undefined,
  { type }: Made,
  report: Report,
): boolean {
  if (correlation === undefined) return true;
  if (!hasOrder(of))
    report(['correlation'], `values of ${of.kind} for ${typeName(type)} have no order to correlate`);
  else if (of.kind === 'series' && of.jitter !== undefined)
    report(['correlation'], 'a series with jitter has its order already: leave one of the two out');
  else return true;
  return false;
}

const takesDistribution = (generator: Generator<string>): boolean =>
  generator.kind === 'reference' ||
  generator.kind === 'choice' ||
  (generator.kind === 'number' && generator.shape.kind === 'ranked');

/** What makes one value of each number. */
function source(entry: Asked, column: Made, report: Report): Generator<string> | undefined {
  const { generator } = column;
  const key = entry.n_distinct === undefined ? 'correlation' : 'n_distinct';
  if (generator.kind === 'reference' && generator.pick.kind !== 'random') {
    report([key], `the rows of ${column.table} stand by their parent already: ${key} has no meaning here`);
    return undefined;
  }
  if (entry.n_distinct === undefined || generator.kind === 'reference') return generator;
  if (generator.kind === 'choice' && entry.values !== undefined) {
    report(['n_distinct'], 'the list of values says how many there are');
    return undefined;
  }
  return KEPT.includes(generator.kind) ? numbered(column) : differing(column, report);
}

/** Without a range of its own, an integer counts on from its smallest value. */
function numbered({ generator, explicit, limits }: Made): Generator<string> {
  return generator.kind === 'number' && !explicit && limits.max === undefined
    ? { kind: 'sequence', start: limits.min ?? 1, step: 1 }
    : generator;
}

function differing(column: Made, report: Report): Generator<string> | undefined {
  const own = injective({ ...column, nullFrac: 0, explicit: false });
  if (own === undefined)
    report(['n_distinct'], `${column.generator.kind} can not be made to give a certain number of values`);
  return own;
}

/** They are counted out in their order. */
const KEPT: readonly string[] = ['number', 'series', 'special', 'boolean'];
