import {
  impactSentence,
  longestHold,
  phaseWaits,
  statementsOf,
  workSentence,
  type MigrationStatement,
} from '../findings/index.ts';
import {
  SEVERITIES,
  type Finding,
  type Judgement,
  type ReportFile,
  type StepResult,
} from '../result/index.ts';
import { formatCount, formatDuration } from '../units.ts';

import { oneLine, shorten } from './one-line.ts';
import { placeInStep } from './step-place.ts';

/** What a reader should know about one step. */
export interface StepStory {
  readonly step: StepResult;
  /** From 1. */
  readonly number: number;
  /** `add channel, statement 3`; empty for a step of one statement. */
  readonly place: string;
  /** The statement to blame, or what the step is known by. */
  readonly title: string;
  readonly facts: readonly string[];
  readonly serious: readonly Finding[];
}

/** An accepted finding, or one of severity info, is no reproach. */
export const isSerious = ({ severity, accepted }: Finding): boolean =>
  severity !== 'info' && accepted === undefined;

export function stepStories(report: ReportFile, judgement: Judgement): readonly StepStory[] {
  const all = statementsOf(report);
  return (report.migration?.steps ?? []).map((step, index) => {
    const serious = seriousAt(judgement, index);
    const culprit = culpritOf(
      all.filter(({ stepIndex }) => stepIndex === index),
      serious,
    );
    return {
      step,
      number: index + 1,
      place: placeInStep(step, index, culprit?.statementIndex),
      title: culprit?.statement.text ?? step.title,
      facts: factsOf(step, culprit, serious),
      serious,
    };
  });
}

const seriousAt = ({ findings }: Judgement, step: number): readonly Finding[] =>
  findings.filter((finding) => finding.step === step && isSerious(finding));

interface BlamedStep {
  /** From 1. */
  readonly number: number;
  readonly place: string;
  readonly title: string;
  /** In words, of the worst finding that knows a way. */
  readonly safer: string | undefined;
}

/** The steps that a serious finding is about. */
export const blamedSteps = (report: ReportFile, judgement: Judgement): readonly BlamedStep[] =>
  stepStories(report, judgement)
    .filter(({ serious }) => serious.length > 0)
    .map(({ number, place, title, serious }) => ({
      number,
      place,
      title,
      safer: serious.find(({ safer }) => safer !== undefined)?.safer?.split('\n')[0],
    }));

/** The statement of a step that its story is about. */
export const toldStatement = (
  report: ReportFile,
  judgement: Judgement,
  step: number,
): MigrationStatement | undefined =>
  culpritOf(
    statementsOf(report).filter(({ stepIndex }) => stepIndex === step),
    seriousAt(judgement, step),
  );

/**
 * The statement that the worst findings are about, of several the one that took longest. Where none knows its statement: the one that kept
 * the traffic out for longest, else the one that failed.
 */
function culpritOf(
  statements: readonly MigrationStatement[],
  serious: readonly Finding[],
): MigrationStatement | undefined {
  const known = serious.filter(({ statement }) => statements[statement ?? -1] !== undefined);
  const worst = SEVERITIES.find((severity) => known.some((finding) => finding.severity === severity));
  const [blamed] = statements
    .filter(({ statementIndex }) =>
      known.some(({ severity, statement }) => severity === worst && statement === statementIndex),
    )
    .toSorted((a, b) => b.statement.duration - a.statement.duration);
  if (blamed !== undefined) return blamed;
  const longest = statements.toSorted((a, b) => longestHold(b.blocking) - longestHold(a.blocking))[0];
  if (serious.length > 0 && longest !== undefined && longest.blocking.length > 0) return longest;
  return statements.find(({ statement }) => statement.error !== undefined) ?? longest;
}

/** Those of the culprit and of the whole step, then those of other statements, which are named. */
function factsOf(
  step: StepResult,
  culprit: MigrationStatement | undefined,
  serious: readonly Finding[],
): readonly string[] {
  const isOther = ({ statement }: Finding): boolean =>
    statement !== undefined && culprit !== undefined && statement !== culprit.statementIndex;
  const own = serious.filter((finding) => !isOther(finding)).flatMap(sentencesOf);
  const failure = failureSentences(step, culprit, serious.flatMap(sentencesOf));
  const told = new Set([...failure, ...(own.length === 0 ? plainFacts(step, culprit) : own)]);
  const others = step.statements.flatMap(({ text }, index) => {
    const [first, ...rest] = new Set(
      serious
        .filter((finding) => isOther(finding) && finding.statement === index)
        .flatMap(sentencesOf)
        .filter((sentence) => !told.has(sentence)),
    );
    return first === undefined ? [] : [`${shorten(oneLine(text), MOST_TEXT)}: ${first}`, ...rest];
  });
  return [...new Set([...told, ...others, ...step.statements.flatMap(phaseWaits)])];
}

const MOST_TEXT = 60;

const sentencesOf = ({ evidence, estimate }: Finding): readonly string[] => [
  ...evidence,
  ...(estimate === undefined ? [] : [estimate]),
];

/** None where a finding says it. Names the statement where it is not the one in the title. */
function failureSentences(
  { outcome, error }: StepResult,
  culprit: MigrationStatement | undefined,
  known: readonly string[],
): readonly string[] {
  if (error === undefined) return [];
  const { sqlState, message, statement } = error;
  if (known.includes(`failed with ${sqlState ?? ''}: ${message}`)) return [];
  const elsewhere =
    statement === undefined || statement === culprit?.statement.text
      ? ''
      : ` (in ${shorten(oneLine(statement), MOST_TEXT)})`;
  return [`${outcome}: ${message}${elsewhere}`];
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
