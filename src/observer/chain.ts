import type { WaitSeen } from './samples.ts';

/** Whom a waiter waits for in the end, and on the way. */
export interface Blame {
  /** A session that waits for nobody; where there is none (a deadlock not yet resolved) one of the waiters. */
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
 * end the waiter will feel last. Pure: the graph of one sample. All ways together are found in one walk over its edges.
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
    if (way.depth === 0 && waits.has(pid)) way = { root: pid, depth: 1 };
    known.set(pid, way);
    return way;
  };
  return (waiter) => {
    const { root, depth } = walk(waiter, new Set());
    const ahead = reachable(waiter, waits);
    // A walk that met a cycle may have stopped in it, although another way leads out.
    const end = waits.has(root) ? [...ahead].find((pid) => !waits.has(pid)) : root;
    return { root: end ?? root, depth, ahead };
  };
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
