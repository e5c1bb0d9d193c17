import type { MigrationStep } from '../plan/index.ts';
import type { StepOutcome } from '../result/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import { runBackfill } from './backfill.ts';
import { runCommand } from './command.ts';
import { runSql } from './sql-step.ts';
import { elapsed, titleOf, type MigrationContext, type StepRun } from './step.ts';

export interface MigrationRun {
  readonly startedAt: Milliseconds;
  readonly duration: Milliseconds;
  readonly outcome: StepOutcome;
  readonly steps: readonly StepRun[];
}

/** Runs the steps in order; the first that fails ends it. Never rejects: what went wrong is in the outcome. */
export async function runMigration(
  steps: readonly MigrationStep[],
  context: MigrationContext,
): Promise<MigrationRun> {
  const startedAt = elapsed(context);
  const runs: StepRun[] = [];
  let outcome: StepOutcome = 'applied';
  for (const [index, step] of steps.entries()) {
    if (outcome !== 'applied') {
      runs.push(notRun(step, elapsed(context)));
      continue;
    }
    context.onEvent({ kind: 'step-begun', step: index, name: step.name });
    const run = await runStep(step, index, context);
    context.onEvent({ kind: 'step-ended', step: index, outcome: run.outcome });
    runs.push(run);
    outcome = run.outcome;
  }
  return { startedAt, duration: milliseconds(elapsed(context) - startedAt), outcome, steps: runs };
}

async function runStep(step: MigrationStep, index: number, context: MigrationContext): Promise<StepRun> {
  switch (step.kind) {
    case 'sql':
      return await runSql(step, index, context);
    case 'backfill':
      return await runBackfill(step, index, context);
    case 'command':
      return await runCommand(step, index, context);
  }
}

function notRun(step: MigrationStep, at: Milliseconds): StepRun {
  return {
    name: step.name,
    kind: step.kind,
    title: titleOf(step),
    outcome: 'not-run',
    startedAt: at,
    duration: milliseconds(0),
    attempts: [],
    statements: [],
  };
}
