import { EXIT_CODES } from '../errors.ts';
import type { Judgement, MigrationResult, Result, Stage } from '../result/index.ts';

import type { Ruling } from './rule.ts';
import { rulingSentence } from './sentence.ts';

type Verdict = Judgement['verdict'];

interface Case {
  readonly result: Result;
  readonly thresholds: readonly Ruling[];
  readonly validity: readonly Ruling[];
}

/**
 * The first of these that is so: interrupted, a bug of the harness, the target failed, the migration failed, the
 * measurement can not be believed, a threshold is broken. The reasons name everything that is so, broken
 * thresholds last.
 */
export function verdictOf(of: Case): Verdict {
  const broken = of.thresholds.filter(({ outcome }) => outcome === 'broken').map(rulingSentence);
  const stopped = whatStoppedIt(of.result);
  const halfDone = whatIsHalfDone(of.result);
  if (stopped !== undefined) return { ...stopped, reasons: [...stopped.reasons, ...halfDone, ...broken] };
  const doubts = doubtsAbout(of);
  if (halfDone.length > 0) {
    return {
      kind: 'migration-failed',
      exitCode: EXIT_CODES.migration,
      reasons: [...halfDone, ...doubts, ...broken],
    };
  }
  if (doubts.length > 0)
    return { kind: 'invalid', exitCode: EXIT_CODES.invalid, reasons: [...doubts, ...broken] };
  if (broken.length > 0) return { kind: 'fail', exitCode: EXIT_CODES.thresholds, reasons: broken };
  return { kind: 'pass', exitCode: EXIT_CODES.pass, reasons: [] };
}

/** A run that was cut short has no data for many rules; saying so of each would bury what stopped it. */
function whatStoppedIt({ outcome }: Result): Verdict | undefined {
  switch (outcome.kind) {
    case 'completed':
      return undefined;
    case 'interrupted':
      return {
        kind: 'interrupted',
        exitCode: EXIT_CODES.interrupted,
        reasons: [`interrupted ${STAGES[outcome.during]}`],
      };
    case 'failed': {
      const { exitCode, message, hint } = outcome.failure;
      const kind = KIND_OF_EXIT[exitCode] ?? 'target-failed';
      return {
        kind,
        exitCode,
        reasons: [
          // A mistake in a file is one at whatever time it was found.
          kind === 'refused' ? message : `failed ${STAGES[outcome.during]}: ${message}`,
          ...(hint === undefined ? [] : [`hint: ${hint}`]),
        ],
      };
    }
  }
}

const STAGES: Readonly<Record<Stage, string>> = {
  starting: 'while the target was being started',
  seeding: 'while the dataset was being loaded',
  warmup: 'in the warm-up phase',
  baseline: 'in the baseline phase',
  migration: 'in the migration phase',
  recovery: 'in the recovery phase',
  audit: 'in the audit after the run',
};

/** Any other failure kept the target from being rehearsed on. */
const KIND_OF_EXIT: Readonly<Record<number, Verdict['kind']>> = {
  [EXIT_CODES.usage]: 'refused',
  [EXIT_CODES.interrupted]: 'interrupted',
  [EXIT_CODES.harness]: 'harness-failed',
  [EXIT_CODES.migration]: 'migration-failed',
};

function whatIsHalfDone({ migration, leftovers }: Result): readonly string[] {
  const invalid = leftovers
    .filter(({ kind }) => kind === 'invalid-index' || kind === 'not-ready-index')
    .map(({ name }) => `the index ${name} was left behind invalid`);
  const undecided = leftovers
    .filter(({ kind }) => kind === 'prepared-transaction')
    .map(({ name }) => `the prepared transaction ${name} was neither committed nor rolled back`);
  return [...(migration === undefined ? [] : failedSteps(migration)), ...invalid, ...undecided];
}

function failedSteps({ outcome, steps }: MigrationResult): readonly string[] {
  if (outcome === 'applied') return [];
  const applied = steps.filter((step) => step.outcome === 'applied').length;
  const causes = steps.flatMap((step, index) =>
    step.outcome === 'failed' || step.outcome === 'interrupted'
      ? [
          `step ${index + 1} of the migration ${step.outcome === 'failed' ? 'failed' : 'was interrupted'}${step.error === undefined ? '' : `: ${step.error.message}`}`,
        ]
      : [],
  );
  const halfDone =
    applied === 0
      ? 'no step was applied'
      : `${applied} of ${steps.length} steps were applied: the schema is half-done`;
  return [...causes, halfDone];
}

/** Rules that did not hold, and thresholds without anything to hold them against: no data never passes. */
function doubtsAbout({ result, thresholds, validity }: Case): readonly string[] {
  return [
    ...(result.migration === undefined ? ['no migration ran'] : worksElsewhere(result.migration)),
    ...validity.filter(({ outcome }) => outcome !== 'met').map(rulingSentence),
    ...thresholds.filter(({ outcome }) => outcome === 'no-data').map(rulingSentence),
  ];
}

/** A tool that takes its connection from a configuration of its own, or does nothing, was not rehearsed. */
const worksElsewhere = ({ steps }: MigrationResult): readonly string[] =>
  steps.flatMap(({ neverConnected }, index) =>
    neverConnected === true
      ? [
          `step ${index + 1} of the migration never connected to the run's database: what it did, it did elsewhere, or not at all. Let it connect by PGHOST, PGPORT and the like, or by DATABASE_URL; where it has nothing to do in the database, say connects: false`,
        ]
      : [],
  );
