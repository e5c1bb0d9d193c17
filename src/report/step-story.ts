import {
  impactSentence,
  longestHold,
  phaseWaits,
  statementsOf,
  workSentence,
  type MigrationStatement,
} from '../findings/index.ts';
import type { Finding, Judgement, ReportFile, StepResult } from '../result/index.ts';
import { formatCount, formatDuration } from '../units.ts';

import { oneLine, shorten } from './one-line.ts';

/** What a reader should know about one step. */
export interface StepStory {
  /** From 1. */
  readonly number: number;
  /** The statement to blame, or what the step is known by. */
  readonly title: string;
  readonly facts: readonly string[];
  readonly serious: readonly Finding[];
}

/** An accepted finding, or one of severity info, is no reproach. */
export const isSerious = ({ severity, accepted }: Finding): boolean =>
  severity !== 'info' && accepted === undefined;

export function stepStories(report: ReportFile, judgement: Judgement): readonly StepStory[] {
  return (report.migration?.steps ?? []).map((step, index) => {
    const serious = judgement.findings.filter((finding) => finding.step === index && isSerious(finding));
    const statements = statementsOf(report).filter(({ stepIndex }) => stepIndex === index);
    const culprit = culpritOf(statements, serious);
    const facts = serious.flatMap(({ evidence, estimate }) => [
      ...evidence,
      ...(estimate === undefined ? [] : [estimate]),
    ]);
    const failure = step.error === undefined ? [] : [failureSentence(step, culprit)];
    return {
      number: index + 1,
      title: culprit?.statement.text ?? step.title,
      facts: [
        ...new Set([
          ...failure,
          ...(facts.length === 0 ? plainFacts(step, culprit) : facts),
          ...step.statements.flatMap(phaseWaits),
        ]),
      ],
      serious,
    };
  });
}

interface BlamedStep {
  /** From 1. */
  readonly number: number;
  readonly title: string;
  /** In words, of the worst finding that knows a way. */
  readonly safer: string | undefined;
}

/** The steps that a serious finding is about. */
export const blamedSteps = (report: ReportFile, judgement: Judgement): readonly BlamedStep[] =>
  stepStories(report, judgement)
    .filter(({ serious }) => serious.length > 0)
    .map(({ number, title, serious }) => ({
      number,
      title,
      safer: serious.find(({ safer }) => safer !== undefined)?.safer?.split('\n')[0],
    }));

/** Names the statement where it is not the one in the title. */
function failureSentence({ outcome, error }: StepResult, culprit: MigrationStatement | undefined): string {
  const elsewhere = error?.statement !== undefined && error.statement !== culprit?.statement.text;
  return `${outcome}: ${error?.message ?? ''}${elsewhere ? ` (in ${shorten(oneLine(error.statement), 60)})` : ''}`;
}

/** The statement that the findings are about: the one that kept the traffic out for longest; else the one that failed. */
function culpritOf(
  statements: readonly MigrationStatement[],
  serious: readonly Finding[],
): MigrationStatement | undefined {
  const longest = statements.toSorted((a, b) => longestHold(b.blocking) - longestHold(a.blocking))[0];
  if (serious.length > 0 && longest !== undefined && longest.blocking.length > 0) return longest;
  return statements.find(({ statement }) => statement.error !== undefined) ?? longest;
}

function plainFacts(step: StepResult, culprit: MigrationStatement | undefined): readonly string[] {
  const { outcome, duration, attempts, backfill, impact } = step;
  if (outcome === 'not-run') return ['not run'];
  const work = culprit === undefined ? '' : workSentence(culprit);
  const tries = attempts.length > 1 ? `, ${attempts.length} attempts` : '';
  const batches =
    backfill === undefined
      ? ''
      : `: ${formatCount(backfill.rows)} rows in ${formatCount(backfill.batches)} batches, the slowest ${formatDuration(backfill.slowestBatch)}`;
  return [
    ...(work === '' ? [] : [work]),
    `${outcome === 'applied' ? 'took' : `${outcome} after`} ${formatDuration(duration)}${tries}${batches}`,
    ...(impact.waited > 0 ? [impactSentence(impact)] : []),
  ];
}
