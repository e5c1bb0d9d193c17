import { shapeOf } from '../observer/index.ts';
import type { ComparedStatement, StatementBenchmark, StatementTimes } from '../result/index.ts';
import { meanOfMedians, medianRatio, randomKey, type Series } from '../statistics/index.ts';
import { formatDuration, milliseconds, type Milliseconds } from '../units.ts';

import type { Look, StatementLook } from './statement-look.ts';

/**
 * A difference that somebody would act upon, and more than the same statement differs by at two moments of a busy machine: of 70 statements that no migration
 * touched, tried twice on 2 cores that others kept busy (the round trip for nothing itself took 0.56 to 1.23 × as long the second time), none is beyond it.
 */
const FLOOR = { ratio: 1.4, low: 1.25, difference: milliseconds(0.05) };
/** An interval can not be drawn from fewer times of an arrival. */
const ENOUGH = 5;

interface Surroundings {
  /** Names of the indexes that the migration brought. */
  readonly newIndexes: readonly string[];
  /** How long one statement may take. */
  readonly limit: Milliseconds;
}

/** How the statements do after the migration against how they did before; undefined: that was not looked at. */
export function compareLooks(
  before: Look,
  after: Look | undefined,
  surroundings: Surroundings,
): StatementBenchmark {
  const drift = after === undefined ? 1 : tripOf(after) / tripOf(before);
  const told = before.statements.map((earlier, place): Told => {
    const then = timesOf(earlier, surroundings);
    if (then === undefined || then.kind === 'failed') return { ...placeOf(earlier), reason: whyNot(earlier) };
    const later = after?.statements[place];
    return { ...placeOf(earlier), ...comparison({ earlier, then, later, drift }, surroundings) };
  });
  return {
    duration: { before: before.duration, ...(after === undefined ? {} : { after: after.duration }) },
    calibration: { before: tripOf(before), ...(after === undefined ? {} : { after: tripOf(after) }) },
    statements: told.flatMap((one) => ('verdict' in one ? [one] : [])),
    leftOut: [...told.flatMap((one) => ('verdict' in one ? [] : [one])), ...before.leftOut],
  };
}

type Told = ComparedStatement | StatementBenchmark['leftOut'][number];

const placeOf = ({ workload, transaction, text }: StatementLook) => ({
  workload,
  transaction,
  statement: text,
});

const tripOf = ({ calibration }: Look): Milliseconds => milliseconds(meanOfMedians(calibration));

/** Undefined: no arrival came to it. */
function timesOf(
  { series, rows, executed, failure }: StatementLook,
  { limit }: Surroundings,
): StatementTimes | undefined {
  if (series.size > 0) {
    const all = [...series.values()];
    return {
      kind: 'measured',
      time: milliseconds(meanOfMedians(all)),
      executions: all.reduce((sum, { length }) => sum + length, 0),
      arrivals: all.length,
      rows,
      ...(executed === undefined ? {} : { executed }),
    };
  }
  if (failure === undefined) return undefined;
  return failure.error === 'cancelled'
    ? { kind: 'timed-out', limit }
    : { kind: 'failed', message: failure.message };
}

function whyNot({ failure, stop }: StatementLook): string {
  if (failure !== undefined) return `it fails: ${failure.message}`;
  if (stop === undefined) return 'no arrival came to it in the time that there was';
  return `its transaction does not come to it: ${stop}`;
}

interface Pair {
  readonly earlier: StatementLook;
  readonly then: Exclude<StatementTimes, { readonly kind: 'failed' }>;
  readonly later: StatementLook | undefined;
  readonly drift: number;
}

type Comparison = Omit<ComparedStatement, 'workload' | 'transaction' | 'statement'>;

function comparison({ earlier, then, later, drift }: Pair, surroundings: Surroundings): Comparison {
  const now = later === undefined ? undefined : timesOf(later, surroundings);
  const sides = { before: then, ...(now === undefined ? {} : { after: now }), newIndexesUsed: [] };
  if (later === undefined)
    return { ...sides, verdict: 'not-comparable', reason: 'the run ended before it was tried again' };
  if (now === undefined || now.kind === 'failed')
    return { ...sides, verdict: 'not-comparable', reason: whyNot(later) };
  if (then.kind === 'timed-out' || now.kind === 'timed-out') return { ...sides, ...beyondLimit(then, now) };
  return { ...sides, ...judged(earlier, later, drift), ...plans(then, now, surroundings) };
}

function beyondLimit(then: Pair['then'], now: Pair['then']): Pick<Comparison, 'verdict' | 'reason'> {
  if (then.kind === 'measured') return { verdict: 'slower' };
  if (now.kind === 'measured') return { verdict: 'faster' };
  return {
    verdict: 'not-comparable',
    reason: `it takes longer than ${formatDuration(then.limit)} each time`,
  };
}

type Judgement = Pick<Comparison, 'ratio' | 'verdict' | 'reason'>;

function judged(earlier: StatementLook, later: StatementLook, drift: number): Judgement {
  const pairs = [...earlier.series].flatMap(([slot, then]) => {
    const now = later.series.get(slot);
    return now === undefined ? [] : [{ then, now }];
  });
  if (pairs.length === 0)
    return { verdict: 'not-comparable', reason: 'no arrival could be tried both times' };
  const enough = pairs.filter(({ then, now }) => Math.min(then.length, now.length) >= ENOUGH);
  const { before, after, ratio, low, high } = enough.length > 0 ? drawn(enough, earlier) : bounded(pairs);
  // How much of a difference of the machine a statement feels is not known: anything between nothing and all of it.
  const interval = { ratio, low: low / Math.max(1, drift), high: high / Math.min(1, drift) };
  return { ratio: interval, verdict: verdictOf(interval, Math.abs(after - before)) };
}

interface SeriesPair {
  readonly then: Series;
  readonly now: Series;
}

function drawn(pairs: readonly SeriesPair[], { workload, transaction, text }: StatementLook) {
  return medianRatio(
    pairs.map(({ then }) => then),
    pairs.map(({ now }) => now),
    randomKey(0, 'statement', workload, transaction, text),
  );
}

/** Too few times to draw from: from the longest of one side to the shortest of the other. */
function bounded(pairs: readonly SeriesPair[]) {
  const [then, now] = [pairs.map((pair) => pair.then), pairs.map((pair) => pair.now)];
  const [before, after] = [meanOfMedians(then), meanOfMedians(now)];
  const ratios = pairs.map((pair) => ({
    low: Math.min(...pair.now) / Math.max(...pair.then),
    high: Math.max(...pair.now) / Math.min(...pair.then),
  }));
  return {
    before,
    after,
    ratio: after / before,
    low: Math.min(...ratios.map(({ low }) => low)),
    high: Math.max(...ratios.map(({ high }) => high)),
  };
}

function verdictOf(
  { ratio, low, high }: { readonly ratio: number; readonly low: number; readonly high: number },
  difference: number,
): ComparedStatement['verdict'] {
  if (difference < FLOOR.difference) return 'no-difference';
  if (ratio >= FLOOR.ratio && low >= FLOOR.low) return 'slower';
  if (ratio <= 1 / FLOOR.ratio && high <= 1 / FLOOR.low) return 'faster';
  return 'no-difference';
}

function plans(
  then: StatementTimes & { readonly kind: 'measured' },
  now: StatementTimes & { readonly kind: 'measured' },
  { newIndexes }: Surroundings,
): Pick<Comparison, 'planChanged' | 'newIndexesUsed'> {
  if (now.executed === undefined) return { newIndexesUsed: [] };
  const used = new Set(now.executed.plan.nodes.flatMap(({ index }) => index ?? []));
  return {
    ...(then.executed === undefined
      ? {}
      : { planChanged: shapeOf(then.executed.plan) !== shapeOf(now.executed.plan) }),
    newIndexesUsed: newIndexes.filter((name) => used.has(name)),
  };
}
