import type { WaitSeen } from './samples.ts';

/** A waiter as the server lists it; `blockers` are asked for only of the last of each queue. */
export interface QueuedWait extends Omit<WaitSeen, 'blockers'> {
  /** What is waited for: the same text for the same lock. */
  readonly tag: string;
  /** It holds a lock on the same already, so that it may stand ahead of those who came before it (proc.c, ProcSleep). */
  readonly jumps?: boolean;
  readonly blockers: readonly number[] | undefined;
}

/** The report names at most so many direct blockers of a wait. */
const BLOCKERS_KEPT = 50;

/**
 * Who each waits for, from one answer for each queue (a lock and a mode). The last in a queue waits for everybody for whom those before it wait; those before it do
 * not wait for who came later. Of its own queue each is said to wait for its neighbour only, which leads to the others: a thousand waiters are a thousand edges, not a
 * million.
 */
export function blockersInQueues(waits: readonly QueuedWait[]): readonly WaitSeen[] {
  const queues = new Map<string, QueuedWait[]>();
  for (const wait of waits) {
    const queue = `${wait.tag} ${wait.mode} ${wait.jumps ?? false}`;
    queues.set(queue, [...(queues.get(queue) ?? []), wait]);
  }
  const byPid = new Map(waits.map((wait) => [wait.pid, wait]));
  return [...queues.values()].flatMap((queue) => membersOf(queue, byPid));
}

function membersOf(
  queue: readonly QueuedWait[],
  byPid: ReadonlyMap<number, QueuedWait>,
): readonly WaitSeen[] {
  const inOrder = queue.toSorted((one, other) => one.serverStart - other.serverStart);
  const asked = new Set(inOrder.at(-1)?.blockers ?? []);
  const members = new Set(inOrder.map(({ pid }) => pid));
  const others = [...asked].filter((pid) => !members.has(pid));
  return inOrder.map(({ tag, ...wait }, index) => {
    const neighbour = inOrder[index - 1]?.pid;
    const before = others.filter((pid) => {
      const other = byPid.get(pid);
      return other?.tag !== tag || other.jumps === true || other.serverStart <= wait.serverStart;
    });
    const blockers = neighbour !== undefined && asked.has(neighbour) ? [neighbour, ...before] : before;
    return { ...wait, blockers: blockers.slice(0, BLOCKERS_KEPT) };
  });
}
