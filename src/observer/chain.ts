import type { WaitSeen } from './samples.ts';

/** Whom a waiter waits for in the end, and on the way. */
export interface Blame {
  /** A session that waits for nobody; in a cycle (a deadlock not yet resolved) a member of it. */
  readonly root: number;
  /** Waiters on the longest way from this one to a root, itself included. */
  readonly depth: number;
  /** Every session on any of the ways, roots included, the waiter not. */
  readonly ahead: ReadonlySet<number>;
}

interface Way {
  readonly root: number;
  readonly depth: number;
}

/**
 * Follows the blockers to the end. A session may wait for several; the longest way names the root, because that is the one whose
 * end the waiter will feel last. Pure: the graph of one sample. Linear in its edges, however long the queue.
 */
export function blameOf(waits: ReadonlyMap<number, WaitSeen>): (waiter: number) => Blame {
  const known = new Map<number, Way>();
  const walk = (pid: number, path: Set<number>): Way => {
    const earlier = known.get(pid);
    if (earlier !== undefined) return earlier;
    path.add(pid);
    let way: Way = { root: pid, depth: 0 };
    for (const blocker of waits.get(pid)?.blockers ?? []) {
      if (path.has(blocker)) continue;
      const further = walk(blocker, path);
      if (further.depth + 1 > way.depth) way = { root: further.root, depth: further.depth + 1 };
    }
    path.delete(pid);
    known.set(pid, way);
    return way;
  };
  return (waiter) => ({ ...walk(waiter, new Set()), ahead: reachable(waiter, waits) });
}

function reachable(waiter: number, waits: ReadonlyMap<number, WaitSeen>): ReadonlySet<number> {
  const seen = new Set<number>();
  const open = [waiter];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const blocker of waits.get(pid)?.blockers ?? []) {
      if (blocker === waiter || seen.has(blocker)) continue;
      seen.add(blocker);
      open.push(blocker);
    }
  }
  return seen;
}
