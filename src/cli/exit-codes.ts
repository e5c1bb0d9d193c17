import { EXIT_CODES } from '../errors.ts';

const MEANINGS: Readonly<Record<keyof typeof EXIT_CODES, string>> = {
  pass: 'pass',
  harness: 'the harness itself failed (a bug)',
  usage: 'wrong usage, or an invalid file',
  target: 'the server or its surroundings failed (cannot start, connect, seed; disk full)',
  migration: 'the migration failed, or left the schema half-done',
  invalid: 'the measurement cannot be believed; never a pass',
  thresholds: 'a threshold is broken',
  interrupted: 'interrupted; a partial report was written',
};

const names = Object.keys(EXIT_CODES) as readonly (keyof typeof EXIT_CODES)[]; // the keys of a literal table

/** For `--help`. */
export const exitCodeHelp = [
  'Exit codes:',
  ...names.map((name) => `  ${String(EXIT_CODES[name]).padStart(3)}  ${MEANINGS[name]}`),
].join('\n');

/** What counts first where several scenarios end differently. */
const GRAVEST_FIRST: readonly number[] = [
  EXIT_CODES.interrupted,
  EXIT_CODES.harness,
  EXIT_CODES.usage,
  EXIT_CODES.target,
  EXIT_CODES.migration,
  EXIT_CODES.invalid,
  EXIT_CODES.thresholds,
];

export function gravest(exitCodes: readonly number[]): number {
  return GRAVEST_FIRST.find((code) => exitCodes.includes(code)) ?? Math.max(EXIT_CODES.pass, ...exitCodes);
}
