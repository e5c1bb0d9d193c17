import type { Finding, ReportFile, StepResult } from '../result/index.ts';

/**
 * `add channel, statement 3`: where in a step of several statements something is, by its name where the user gave one. Empty for a step of one
 * statement, which is known by that.
 */
export function placeInStep(
  { name, statements, statementsLeftOut }: StepResult,
  step: number,
  statement: number | undefined,
): string {
  if (statements.length < 2) return '';
  const isNamed = name !== `step ${step + 1}`;
  // Where some are not listed, its place among the listed ones says nothing.
  const isNumbered = statement !== undefined && statementsLeftOut === undefined;
  return [...(isNamed ? [name] : []), ...(isNumbered ? [`statement ${statement + 1}`] : [])].join(', ');
}

/** `step 1`, `step 1: add channel, statement 3`. */
export function findingPlace({ migration }: ReportFile, { step, statement }: Finding): string {
  if (step === undefined) return '';
  const found = migration?.steps[step];
  const place = found === undefined ? '' : placeInStep(found, step, statement);
  return `step ${step + 1}${place === '' ? '' : `: ${place}`}`;
}

/** Of the statement that did it, where that is known. */
export const findingStatement = (
  { migration }: ReportFile,
  { step, statement }: Finding,
): string | undefined =>
  step === undefined || statement === undefined
    ? undefined
    : migration?.steps[step]?.statements[statement]?.text;
