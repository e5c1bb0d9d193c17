import { lockTargetOf, type LockTarget } from './lock-log.ts';

/** One who waited, and for whom, in a circle of them (deadlock.c, DeadLockReport). */
export interface DeadlockEdge extends LockTarget {
  readonly pid: number;
  readonly mode: string;
  readonly blockedBy: number;
}

const EDGE = /Process (\d+) waits for (\w+) on (.+?); blocked by process (\d+)\./g;

/** The circle in the DETAIL of a 40P01, beginning with the process `first`. English only; empty where it is something else. 14–18. */
export function parseDeadlockDetail(detail: string, first: number): readonly DeadlockEdge[] {
  const edges = [...detail.matchAll(EDGE)].map(([, pid, mode = '', target = '', blocker]) => ({
    pid: Number(pid),
    mode,
    blockedBy: Number(blocker),
    ...lockTargetOf(target),
  }));
  const at = edges.findIndex(({ pid }) => pid === first);
  return at <= 0 ? edges : [...edges.slice(at), ...edges.slice(0, at)];
}

/** Who got it: the server begins with the process that looked for the deadlock, and cancels that one (deadlock.c, 14–18). */
export const deadlockVictim = (detail: string): number => parseDeadlockDetail(detail, 0)[0]?.pid ?? 0;

/**
 * What the server's log adds: the statements of each circle, by process. A DETAIL goes on in lines that begin with a tab; a statement goes on to the line
 * that names the next process.
 */
export function deadlocksInLog(log: string): readonly LoggedDeadlock[] {
  return [...log.matchAll(/DETAIL: +(Process \d+ waits for .*(?:\n\t.*)*)/g)].map(([, detail = '']) => {
    const text = detail.replaceAll('\n\t', '\n');
    const statements = text.split(/^(?=Process \d+: )/m).flatMap((part) => {
      const [, pid, statement = ''] = /^Process (\d+): ([^]*)$/.exec(part) ?? [];
      return pid === undefined ? [] : [[Number(pid), statement.trim()] as const];
    });
    return { circle: [...text.matchAll(EDGE)].map(([edge]) => edge), statements: new Map(statements) };
  });
}

export interface LoggedDeadlock {
  /** As the DETAIL that its victim got, line by line. */
  readonly circle: readonly string[];
  readonly statements: ReadonlyMap<number, string>;
}

/** The lines by which both tell of the same one. */
export const circleLines = (detail: string): readonly string[] =>
  [...detail.matchAll(EDGE)].map(([edge]) => edge);
