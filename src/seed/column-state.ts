import {
  unavoidableNulls,
  type ResolvedColumn,
  type ResolvedTable,
  type UnavoidableNulls,
} from '../dataset/index.ts';
import { numberOf, textOf, type Row } from '../target/index.ts';
import { formatCount } from '../units.ts';

import type { ColumnState, Compared, Interval } from './state-card.ts';
import {
  compared,
  expectedLimits,
  limitsOfCorrelation,
  limitsOfDistinct,
  limitsOfNulls,
  shareOfNulls,
  type Measuring,
} from './tolerance.ts';

/** What was counted instead of estimated. By name of the column. */
export interface CountedTable {
  readonly rows: number;
  readonly hash: string;
  readonly nulls: ReadonlyMap<string, number>;
  /** Only where a number of distinct values was asked. */
  readonly distinct: ReadonlyMap<string, number>;
}

/** Rows of pg_stats, or counts, beside what was asked. */
export function columnStates(
  table: ResolvedTable,
  statistics: readonly Row[],
  counts: CountedTable | undefined,
): readonly ColumnState[] {
  return table.columns.map((column) => {
    const row = statistics.find((one) => textOf(one, 'column') === column.name);
    return columnState(table, column, { row, counts });
  });
}

interface Found {
  /** Undefined: nothing was sampled. */
  readonly row: Row | undefined;
  readonly counts: CountedTable | undefined;
}

function columnState(table: ResolvedTable, column: ResolvedColumn, { row, counts }: Found): ColumnState {
  const { name, asked } = column;
  const expected = table.expect.columns.find((one) => one.column === name);
  const rows = counts?.rows ?? table.rows;
  const measuring: Measuring = {
    rows,
    statisticsTarget: table.storage.statisticsTarget,
    exact: counts !== undefined,
  };
  const unavoidable = unavoidableNulls(column);
  const distinct = distinctOf(column, rows, unavoidable);
  const correlation = asked.correlation ?? null;
  const got = gotOf(column, { row, counts }, rows);
  // What was not measured is not judged, unless the file expects something.
  const judged = (value: number | null, limits: Interval | null): Interval | null =>
    value === null ? null : limits;
  const compare = (
    [askedFor, value]: readonly [number | null, number | null],
    expectation: Interval | undefined,
    limits: Interval | null,
  ): Compared => compared(askedFor, value, expectation ?? judged(value, limits));
  return {
    column: name,
    nullFrac: {
      ...compare(
        [asked.nullFrac, got.nullFrac],
        expectedLimits(expected?.nullFrac),
        limitsOfNulls(asked.nullFrac, measuring, unavoidable),
      ),
      ...(expected?.nullFrac === undefined ? whyMore(asked.nullFrac, unavoidable) : {}),
    },
    nDistinct: compare(
      [distinct, got.nDistinct],
      scaled(expectedLimits(expected?.nDistinct), rows),
      limitsOfDistinct(distinct, measuring),
    ),
    correlation: compare(
      [correlation, got.correlation],
      expectedLimits(expected?.correlation),
      limitsOfCorrelation(correlation, measuring),
    ),
    avgWidth: compare([null, got.avgWidth], expectedLimits(expected?.avgWidth), null),
  };
}

/** A key's values are as many as its rows that are not NULL. */
function distinctOf(
  { asked }: ResolvedColumn,
  rows: number,
  unavoidable: UnavoidableNulls | undefined,
): number | null {
  if (!asked.unique) return asked.nDistinct ?? null;
  return (asked.nDistinct ?? rows * (1 - asked.nullFrac)) * (1 - (unavoidable?.share ?? 0));
}

/** Told where it is more than a hundredth of what was asked. */
function whyMore(asked: number, unavoidable: UnavoidableNulls | undefined): Pick<Compared, 'because'> {
  if (unavoidable === undefined || shareOfNulls(asked, unavoidable) <= asked * 1.01) return {};
  const { share, error, rows, reason } = unavoidable;
  const count = Math.round(share * rows);
  const how = error > 0 ? 'about' : 'at least';
  return {
    because: `${how} ${formatCount(count)} of ${formatCount(rows)} rows ${count === 1 ? 'is' : 'are'} NULL ${reason}`,
  };
}

type Got = Readonly<Record<'nullFrac' | 'nDistinct' | 'correlation' | 'avgWidth', number | null>>;

/** Counts where there are some, else the estimates of pg_stats. */
function gotOf({ name }: ResolvedColumn, { row, counts }: Found, rows: number): Got {
  const fact = (of: string): number | null =>
    row === undefined || row[of] === null ? null : numberOf(row, of);
  const nulls = counts?.nulls.get(name);
  return {
    nullFrac: nulls === undefined ? fact('null_frac') : nulls / Math.max(1, rows),
    nDistinct: counts?.distinct.get(name) ?? absolute(fact('n_distinct'), rows),
    correlation: fact('correlation'),
    avgWidth: fact('avg_width'),
  };
}

/** pg_stats' sign: negative is a share of the rows. */
function absolute(nDistinct: number | null, rows: number): number | null {
  if (nDistinct === null) return null;
  return nDistinct < 0 ? -nDistinct * rows : nDistinct;
}

function scaled(expected: Interval | undefined, rows: number): Interval | undefined {
  if (expected === undefined || expected.max >= 0) return expected;
  return { min: -expected.max * rows, max: -expected.min * rows };
}
