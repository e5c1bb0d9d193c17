import type { MigrationRun } from '../migration/index.ts';
import type { Observation } from '../observer/index.ts';
import type { TrafficPlan, TrafficStep } from '../plan/index.ts';
import { circleLines, deadlocksInLog, parseDeadlockDetail, type DeadlockEdge } from '../postgres/index.ts';
import type { Deadlock, DeadlockParticipant, LockWait, SessionLabel } from '../result/index.ts';
import type { HeardDeadlock } from '../target/index.ts';
import type { Milliseconds } from '../units.ts';

export interface HeardDeadlocks {
  readonly heard: readonly HeardDeadlock[];
  /** Text of the server's log; empty where it is not ours to read. */
  readonly log: string;
}

export interface DeadlockEvidence {
  readonly plan: TrafficPlan;
  readonly migration: MigrationRun | undefined;
  readonly lockWaits: readonly LockWait[];
  readonly observation: Pick<Observation, 'relationNames' | 'sessionNames'>;
  /** Backends of the traffic. */
  readonly pids: readonly number[];
}

/**
 * Everyone in each circle, with what it was running: the victim knows its own statement, the server's log those of all; without it, what the migration
 * ran and what the observer saw.
 */
export function deadlocksOf({ heard, log }: HeardDeadlocks, evidence: DeadlockEvidence): readonly Deadlock[] {
  if (heard.length === 0) return [];
  const logged = deadlocksInLog(log).map((one) => [one.circle.join('\n'), one.statements] as const);
  const statementsIn = new Map(logged);
  const transactions = transactionsByText(evidence.plan);
  return heard
    .toSorted((one, other) => one.at - other.at)
    .map((deadlock) => {
      const statements = statementsIn.get(circleLines(deadlock.detail).join('\n'));
      return {
        at: deadlock.at,
        participants: parseDeadlockDetail(deadlock.detail, deadlock.pid).map((edge) => {
          const told = edge.pid === deadlock.pid ? deadlock.statement : statements?.get(edge.pid);
          const session = sessionOf(edge, { at: deadlock.at, told }, evidence);
          return participant(edge, deadlock, { session, evidence, transactions });
        }),
      };
    });
}

interface Surroundings {
  readonly session: SessionLabel;
  readonly evidence: DeadlockEvidence;
  readonly transactions: (text: string) => readonly string[];
}

function participant(
  { pid, mode, lockType, relation, blockedBy }: DeadlockEdge,
  victim: HeardDeadlock,
  { session, evidence, transactions }: Surroundings,
): DeadlockParticipant {
  const names = session.kind === 'traffic' ? transactions(session.query) : [];
  return {
    session,
    ...(names.length === 0 ? {} : { transactions: names }),
    lockType,
    relation: relation === undefined ? '' : (evidence.observation.relationNames.get(relation) ?? ''),
    mode,
    blockedBy,
    cancelled: pid === victim.pid,
  };
}

interface Moment {
  readonly at: Milliseconds;
  /** What it was running, as the victim or the server's log says. */
  readonly told: string | undefined;
}

function sessionOf(
  { pid, mode }: DeadlockEdge,
  { at, told }: Moment,
  evidence: DeadlockEvidence,
): SessionLabel {
  const migrated = migrationStatement(pid, at, evidence.migration);
  const seen = seenAt(pid, mode, at, evidence.lockWaits);
  const query = line(told ?? migrated?.text ?? seen?.query ?? '');
  if (migrated !== undefined) return { pid, kind: 'migration', name: migrated.step, query };
  if (seen !== undefined) return { ...seen, query };
  if (evidence.pids.includes(pid)) return { pid, kind: 'traffic', name: '', query };
  const name = evidence.observation.sessionNames.get(pid);
  return { pid, kind: name === undefined ? 'other' : 'actor', name: name ?? '', query };
}

const line = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** What its session ran at that moment: the last that had begun. */
function migrationStatement(
  pid: number,
  at: Milliseconds,
  migration: MigrationRun | undefined,
): { readonly step: string; readonly text: string } | undefined {
  return (migration?.steps ?? [])
    .flatMap(({ name, statements }) => statements.map((statement) => ({ ...statement, step: name })))
    .filter((statement) => statement.pid === pid && statement.startedAt <= at)
    .at(-1);
}

/** As it was labelled when somebody looked: as the waiter of that very wait, or as one whom others waited for meanwhile. */
function seenAt(
  pid: number,
  mode: string,
  at: Milliseconds,
  waits: readonly LockWait[],
): SessionLabel | undefined {
  const then = waits.filter(
    ({ startedAt, duration }) => startedAt <= at && at <= startedAt + duration + LATE,
  );
  const own = then.find((wait) => wait.waiter.pid === pid && wait.mode === mode && wait.waiter.query !== '');
  return own?.waiter ?? then.flatMap(({ blockers }) => blockers).find((blocker) => blocker.pid === pid);
}

/** The other one gets its lock before the victim's error is read. */
const LATE = 50;

/** Names of the transactions that hold a statement; the observer knows its beginning only. */
function transactionsByText({ workloads }: TrafficPlan): (text: string) => readonly string[] {
  const texts = workloads.flatMap(({ mix }) =>
    mix.flatMap(({ name, steps }) => textsIn(steps).map((text) => ({ name, text: line(text) }))),
  );
  return (text) =>
    text === '' ? [] : [...new Set(texts.filter((one) => one.text.startsWith(text)).map(({ name }) => name))];
}

function textsIn(steps: readonly TrafficStep[]): readonly string[] {
  return steps.flatMap((step) => {
    switch (step.kind) {
      case 'query':
        return [step.text];
      case 'if':
        return [...step.arms.flatMap((arm) => textsIn(arm.steps)), ...textsIn(step.otherwise)];
      case 'branch':
        return step.arms.flatMap((arm) => textsIn(arm.steps));
      case 'begin':
      case 'commit':
      case 'rollback':
      case 'think':
      case 'let':
        return [];
    }
  });
}
