import {
  impactSentence,
  longestHold,
  statementsOf,
  workSentence,
  type MigrationStatement,
} from '../findings/index.ts';
import type { Judgement, ReportFile } from '../result/index.ts';
import { formatCount, formatDuration, milliseconds } from '../units.ts';

import { placeInStep } from './step-place.ts';
import { toldStatement } from './step-story.ts';
import { transactionRows } from './transaction-rows.ts';

/** The three facts that matter: what the migration did, what users felt, and whether requests failed. */
export function keyFacts(report: ReportFile, judgement: Judgement): readonly string[] {
  return [
    ...(failedStep(report) ?? worstStatement(report, judgement)),
    ...slowestTransaction(report),
    ...failures(report),
  ];
}

/** Its message is the verdict's reason. */
function failedStep({ migration }: ReportFile): readonly string[] | undefined {
  const steps = migration?.steps ?? [];
  const index = steps.findIndex(({ outcome }) => outcome === 'failed' || outcome === 'interrupted');
  const step = steps[index];
  if (step === undefined) return undefined;
  const { outcome, duration, attempts, impact } = step;
  const tries = attempts.length > 1 ? ` and ${formatCount(attempts.length)} attempts` : '';
  const ended = outcome === 'failed' ? 'failed' : 'was interrupted';
  return [
    `step ${index + 1}${inBrackets(placeInStep(step, index, undefined))} ${ended} after ${formatDuration(duration)}${tries}; ${impactSentence(impact)}`,
  ];
}

function worstStatement(report: ReportFile, judgement: Judgement): readonly string[] {
  const [worst] = statementsOf(report).toSorted(
    (a, b) =>
      b.step.impact.longestWait - a.step.impact.longestWait ||
      longestHold(b.blocking) - longestHold(a.blocking),
  );
  if (worst === undefined) return [];
  const { step, stepIndex } = worst;
  const told = toldStatement(report, judgement, stepIndex) ?? worst;
  const place = placeInStep(step, stepIndex, told.statementIndex);
  const work = workSentence(told);
  const did = work === '' ? 'held no lock that keeps out reads or writes' : work;
  return [`step ${stepIndex + 1}${inBrackets(place)} ${waited(told)}${did}; ${impactSentence(step.impact)}`];
}

const inBrackets = (place: string): string => (place === '' ? '' : ` (${place})`);

/** Where that is what the traffic suffered from, rather than the work under the lock. */
function waited({ blocking }: MigrationStatement): string {
  const [longest] = blocking.toSorted((a, b) => b.waited - a.waited);
  if (longest === undefined || longest.waited < Math.max(longestHold(blocking), FELT)) return '';
  return `waited ${formatDuration(longest.waited)} for ${longest.mode} on ${longest.relation}, then `;
}

const FELT = milliseconds(100);

function slowestTransaction(report: ReportFile): readonly string[] {
  const [slowest] = transactionRows(report).filter(({ migration }) => migration.planned > 0);
  if (slowest === undefined) return [];
  const { name, baseline, migration } = slowest;
  return [
    `slowest: ${name} with a p99 response time of ${baseline.p99} before and ${migration.p99} during the migration`,
  ];
}

function failures({ transactions }: ReportFile): readonly string[] {
  const during = transactions.filter(({ phase }) => phase === 'migration' || phase === 'recovery');
  if (during.length === 0) return [];
  const total = (of: (transaction: (typeof during)[number]) => number): string =>
    formatCount(during.reduce((sum, transaction) => sum + of(transaction), 0));
  const [planned, failed] = [total((of) => of.planned), total((of) => of.failed)];
  const unfinished = total((of) => of.inFlight + of.neverStarted);
  const never = unfinished === '0' ? '' : `, ${unfinished} never ended`;
  const dropped = total((of) => of.dropped);
  const lost = dropped === '0' ? '' : `, ${dropped} were dropped`;
  return [`${failed} of ${planned} arrivals failed during and after the migration${lost}${never}`];
}
