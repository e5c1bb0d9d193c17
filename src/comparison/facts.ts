import { longestHold, statementsOf } from '../findings/index.ts';
import type { Judgement, Result, TransactionResult } from '../result/index.ts';

import type { FactChange } from './comparison-file.ts';

/** What one run is known to be, whatever its noise. */
export interface RunFacts {
  readonly result: Result;
  readonly judgement: Judgement;
}

type Fact = Pick<FactChange, 'kind' | 'subject' | 'unit'>;
type Reading = Fact & { readonly value: number };

/** The gravest first: verdict, lost arrivals, stalls, lock waits, holds, findings. What neither side had is left out. */
export function factChanges(before: readonly RunFacts[], after: readonly RunFacts[]): readonly FactChange[] {
  const [then, now] = [before.map(readingsOf), after.map(readingsOf)];
  const facts = new Map<string, Fact>(
    [...then, ...now].flat().map(({ kind, subject, unit }) => [subject, { kind, subject, unit }]),
  );
  return KINDS.flatMap((kind) => [...facts.values()].filter((fact) => fact.kind === kind)).map((fact) =>
    factChange(fact, valuesOf(fact, then), valuesOf(fact, now)),
  );
}

const KINDS: readonly FactChange['kind'][] = [
  'verdict',
  'failed',
  'dropped',
  'unfinished',
  'stall',
  'hold',
  'lock-wait',
  'lock-waits',
  'finding',
];

/** A run that has no such fact had none of it. */
const valuesOf = ({ subject }: Fact, runs: readonly (readonly Reading[])[]): readonly number[] =>
  runs.map((readings) => readings.find((reading) => reading.subject === subject)?.value ?? 0);

function factChange(fact: Fact, then: readonly number[], now: readonly number[]): FactChange {
  const [before, after] = [SUMS[fact.unit](then), SUMS[fact.unit](now)];
  const differs = isJudged(fact, Math.min(then.length, now.length)) && DIFFERS[fact.unit](then, now);
  return {
    ...fact,
    before,
    after,
    verdict: !differs ? 'no-difference' : after > before ? 'worse' : 'better',
  };
}

/** How many lock waits there are depends on chance where rows are hot: their number is shown only. */
const isJudged = ({ kind, subject }: Fact, runs: number): boolean =>
  kind !== 'lock-waits' &&
  (kind !== 'finding' || !subject.endsWith('(warning)') || runs >= ENOUGH_FOR_WARNINGS);

const SUMS: Readonly<Record<FactChange['unit'], (values: readonly number[]) => number>> = {
  runs: (values) => values.filter((value) => value > 0).length,
  count: average,
  duration: middle,
};

/** On a busy machine of 2 cores, holds and waits of identical runs differed by up to 430 ms. */
const LEAST_DIFFERENCE_MS = 500;
const LEAST_FACTOR = 1.5;
/** Warnings begin at limits that a run may be just below or above: it takes some runs to call them new or gone. */
const ENOUGH_FOR_WARNINGS = 3;

const DIFFERS: Readonly<
  Record<FactChange['unit'], (then: readonly number[], now: readonly number[]) => boolean>
> = {
  /** Most runs of one side, and none of the other. */
  runs: (then, now) => {
    const [before, after] = [shareOf(then), shareOf(now)];
    return (before === 0 && after > 0.5) || (after === 0 && before > 0.5);
  },
  /** None on one side; else beyond three standard deviations of a difference of counts (S. D. Poisson). */
  count: (then, now) => {
    const [before, after] = [average(then), average(now)];
    if (before === 0 || after === 0) return before !== after;
    const deviation = Math.sqrt(before / then.length + after / now.length);
    return Math.abs(after - before) > 3 * deviation && ratioOf(before, after) >= LEAST_FACTOR;
  },
  duration: (then, now) => {
    const [before, after] = [middle(then), middle(now)];
    return Math.abs(after - before) >= LEAST_DIFFERENCE_MS && ratioOf(before, after) >= LEAST_FACTOR;
  },
};

const ratioOf = (one: number, other: number): number => Math.max(one, other) / Math.min(one, other);
const shareOf = (values: readonly number[]): number =>
  values.filter((value) => value > 0).length / values.length;

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const upper = sorted[Math.floor(sorted.length / 2)] ?? 0;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[sorted.length / 2 - 1] ?? upper)) / 2;
}

function readingsOf({ result, judgement }: RunFacts): readonly Reading[] {
  const failed = judgement.verdict.kind === 'pass' ? 0 : 1;
  return [
    { kind: 'verdict', subject: 'runs that did not pass', unit: 'runs', value: failed },
    ...result.transactions.filter(({ phase }) => phase !== 'warmup').flatMap((row) => lost(row, result)),
    ...result.phases
      .filter(({ name }) => name !== 'warmup')
      .map(({ name, longestStall }) =>
        longest('stall', `longest time in which nothing completed in the ${name} phase`, longestStall),
      ),
    ...holds(result),
    ...lockWaits(result),
    ...judgement.findings
      .filter(({ severity, accepted }) => severity !== 'info' && accepted === undefined)
      .map(({ id, severity, relation }): Reading => {
        const place = relation === undefined ? '' : ` on ${relation}`;
        return { kind: 'finding', subject: `finding ${id}${place} (${severity})`, unit: 'runs', value: 1 };
      }),
  ];
}

const longest = (kind: FactChange['kind'], subject: string, value: number): Reading => ({
  kind,
  subject,
  unit: 'duration',
  value,
});

function lost(row: TransactionResult, { scenario }: Result): readonly Reading[] {
  const name = scenario.workloads.length > 1 ? `${row.workload}/${row.name}` : row.name;
  const place = `of ${name} in the ${row.phase} phase`;
  const failures = Object.entries(row.failedByClass).map(([errorClass, value]) => ({
    kind: 'failed' as const,
    subject: `failed arrivals ${place} (${errorClass})`,
    value,
  }));
  return [
    ...failures,
    { kind: 'dropped' as const, subject: `dropped arrivals ${place}`, value: row.dropped },
    {
      kind: 'unfinished' as const,
      subject: `arrivals that never started or ended ${place}`,
      value: row.neverStarted + row.inFlight,
    },
  ]
    .filter(({ value }) => value > 0)
    .map((fact) => ({ ...fact, unit: 'count' }));
}

function holds(result: Result): readonly Reading[] {
  const locks = statementsOf(result).flatMap(({ blocking }) => blocking);
  const subjects = new Map(locks.map(({ relation, mode }) => [`${mode} ${relation}`, { relation, mode }]));
  return [...subjects.values()].map(({ relation, mode }) =>
    longest(
      'hold',
      `longest hold of ${mode} on ${relation} by the migration`,
      longestHold(locks.filter((lock) => lock.relation === relation && lock.mode === mode)),
    ),
  );
}

/** Of the traffic. */
function lockWaits({ lockWaits: all, lockWaitsLeftOut }: Result): readonly Reading[] {
  const waits = all.filter(({ waiter }) => waiter.kind === 'traffic');
  if (waits.length === 0) return [];
  return [
    longest(
      'lock-wait',
      'longest wait for a lock in the traffic',
      Math.max(...waits.map(({ duration }) => duration)),
    ),
    {
      kind: 'lock-waits',
      subject: 'waits for a lock',
      unit: 'count',
      value: waits.length + lockWaitsLeftOut,
    },
  ];
}
