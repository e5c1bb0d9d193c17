import { latenciesOf, maximumOf, percentileOf } from '../comparison/index.ts';
import type { PhaseName, ReportFile, TransactionResult } from '../result/index.ts';
import { formatCount, formatDuration, type Milliseconds } from '../units.ts';

/** One transaction in one phase, for people. Arrivals that never ended count as exceeding, as they do for thresholds. */
export interface PhaseCells {
  readonly planned: number;
  readonly completed: number;
  readonly failed: number;
  readonly dropped: number;
  readonly p50: string;
  readonly p95: string;
  readonly p99: string;
  readonly max: string;
  /** For ordering: `Infinity` without end, 0 without data. */
  readonly worst: number;
}

export interface TransactionRow {
  readonly name: string;
  readonly baseline: PhaseCells;
  readonly migration: PhaseCells;
  /** Every phase in which it had arrivals. */
  readonly phases: readonly { readonly phase: PhaseName; readonly cells: PhaseCells }[];
}

/** The slowest in the migration phase first. */
export function transactionRows(report: ReportFile): readonly TransactionRow[] {
  const isNamed = report.scenario.workloads.length > 1;
  const titleOf = ({ workload, name }: TransactionResult): string => (isNamed ? `${workload}/${name}` : name);
  const titles = [...new Set(report.transactions.map(titleOf))];
  return titles
    .map((title) => {
      const own = report.transactions.filter((transaction) => titleOf(transaction) === title);
      return {
        name: title,
        baseline: cells(own, 'baseline'),
        migration: cells(own, 'migration'),
        phases: [...new Set(own.map(({ phase }) => phase))].map((phase) => ({
          phase,
          cells: cells(own, phase),
        })),
      };
    })
    .sort((a, b) => (a.migration.worst === b.migration.worst ? 0 : b.migration.worst - a.migration.worst));
}

function cells(own: readonly TransactionResult[], phase: TransactionResult['phase']): PhaseCells {
  const found = own.filter((transaction) => transaction.phase === phase);
  const latencies = latenciesOf(found, 'response_time');
  const p99 = percentileOf(latencies, 99);
  return {
    planned: found.reduce((sum, { planned }) => sum + planned, 0),
    completed: found.reduce((sum, { completed }) => sum + completed, 0),
    failed: found.reduce((sum, { failed }) => sum + failed, 0),
    dropped: found.reduce((sum, { dropped }) => sum + dropped, 0),
    p50: latencyText(percentileOf(latencies, 50)),
    p95: latencyText(percentileOf(latencies, 95)),
    p99: latencyText(p99),
    max: latencyText(maximumOf(latencies)),
    worst: p99 ?? 0,
  };
}

/** `3 of 1,200`, `3 of 1,200, 15 dropped`. */
export function failureText({ planned, failed, dropped }: PhaseCells): string {
  if (planned === 0) return '–';
  const lost = dropped === 0 ? '' : `, ${formatCount(dropped)} dropped`;
  return `${formatCount(failed)} of ${formatCount(planned)}${lost}`;
}

function latencyText(value: Milliseconds | undefined): string {
  if (value === undefined) return '–';
  return Number.isFinite(value) ? formatDuration(value) : 'no end';
}
