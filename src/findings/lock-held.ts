import type { StatementResult } from '../result/index.ts';
import { formatCount, formatDuration, milliseconds, type Milliseconds } from '../units.ts';

import { severityOfHold } from './blocked-tables.ts';
import { keptAfter } from './kept-after.ts';
import type { Detector, Observed, Scene } from './observed.ts';
import { asStatement, LOCK_TIMEOUT_SQL } from './safer.ts';
import { isNoticeable } from './severity.ts';
import { shapesOf } from './shape.ts';
import { placeOf, type MigrationStatement } from './statements.ts';
import { impactSentence } from './suffering.ts';
import { blockedWork, workSentence } from './work-sentence.ts';

/** One finding a statement whose transaction went on, or idled, while its locks kept readers or writers out. */
export const lockHeld: Detector = (scene) =>
  scene.statements.flatMap((whole) => {
    const blocking = whole.blocking.filter((lock) => isNoticeable(keptAfter(whole.statement, lock)));
    const at = { ...whole, blocking };
    return blocking.length === 0 || isItsOwnCommit(at) ? [] : [held(scene, at)];
  });

/** COMMIT waits for the disk: where nothing else was done, and the statement itself took longer, that is what the lock was for. */
const isItsOwnCommit = (at: MigrationStatement): boolean =>
  at.step.kind !== 'command' && workMeanwhile(at).length === 0 && restOf(at) < at.statement.working;

/** For how long the locks outlived their statement. */
const restOf = ({ blocking, statement }: MigrationStatement): Milliseconds =>
  milliseconds(Math.max(...blocking.map((lock) => keptAfter(statement, lock))));

const workMeanwhile = (at: MigrationStatement): readonly StatementResult[] =>
  ranMeanwhile(at).filter(({ text }) => !isControl(text));

function held(scene: Scene, at: MigrationStatement): Observed {
  const { blocking, step } = at;
  const rest = restOf(at);
  const later = ranMeanwhile(at);
  return {
    severity: severityOfHold(scene, at, rest),
    ...placeOf(at),
    relation: blocking[0]?.relation,
    title: `${blockedWork(blocking)} stayed blocked for ${formatDuration(rest)} after the statement that had locked it was done`,
    evidence: [
      workSentence({ ...at, rewritten: [], scanned: [] }),
      ...ranSentence(later.filter(isNoted)),
      ...idleSentence(at, rest, later),
      impactSentence(step.impact),
    ],
    safer: shorterTransaction(at, workMeanwhile(at)),
  };
}

/** In the same step while the longest of the locks was held: in its transaction, as far as can be told. */
function ranMeanwhile({ step, statement, blocking }: MigrationStatement): readonly StatementResult[] {
  const end = Math.max(...blocking.map(({ grantedAt, held: time }) => grantedAt + time));
  return step.statements.filter(
    (one) =>
      one !== statement && one.startedAt >= statement.startedAt + statement.duration && one.startedAt < end,
  );
}

const isControl = (text: string): boolean =>
  shapesOf(text).every(({ kind }) => kind === 'transaction-control');

/** COMMIT itself is worth a word only where it took long, as when it removes a big file. */
const isNoted = ({ text, duration }: StatementResult): boolean => !isControl(text) || isNoticeable(duration);

const MOST = 4;

function ranSentence(later: readonly StatementResult[]): readonly string[] {
  if (later.length === 0) return [];
  const longest = later
    .toSorted((a, b) => b.duration - a.duration)
    .slice(0, MOST)
    .map(({ text, duration }) => `${shortened(text)} (${formatDuration(duration)})`);
  const statements =
    later.length === 1 ? '1 further statement' : `${formatCount(later.length)} further statements`;
  return [
    `meanwhile ${statements} ran${later.length > MOST ? ', the longest of them' : ''}: ${longest.join(', ')}`,
  ];
}

function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

/** Only a command can idle: the harness itself sends one statement after the other, and then COMMIT. */
function idleSentence(
  { step }: MigrationStatement,
  rest: Milliseconds,
  later: readonly StatementResult[],
): readonly string[] {
  const busy = later.reduce((sum, { duration }) => sum + duration, 0);
  const idle = milliseconds(Math.max(0, rest - busy));
  if (!isNoticeable(idle)) return [];
  return [
    step.kind === 'command'
      ? `its session idled in the transaction for ${formatDuration(idle)}`
      : `the end of the transaction took ${formatDuration(idle)}`,
  ];
}

function shorterTransaction(
  { statement, step }: MigrationStatement,
  later: readonly StatementResult[],
): string {
  if (later.length === 0 && step.kind !== 'command')
    return 'it was COMMIT that took so long: see which deferred constraints and triggers it runs, and how fast the log is written';
  return [
    'commit right after this statement and do the rest in a transaction of its own, so that its lock is not kept meanwhile',
    LOCK_TIMEOUT_SQL,
    ...['BEGIN', statement.text, 'COMMIT', ...later.slice(0, MOST).map(({ text }) => text)].map(asStatement),
  ].join('\n');
}
