import type { WaitSeen } from './samples.ts';

/** Whom a waiter waits for in the end, and on the way. */
export interface Blame {
  /** A session that waits for nobody; where there is none (a deadlock not yet resolved) one of the waiters. */
  readonly root: number;
  /** Waiters on the longest way from this one to a root, itself included. */
  readonly depth: number;
  /** Whether a suspect stands on one of the ways, the waiter itself and the roots included. */
  readonly isSuspicious: boolean;
}

interface Way {
  readonly root: number;
  readonly depth: number;
}

/**
 * Follows the blockers to the end. A session may wait for several; the longest way names the root, because that is the one whose end the
 * waiter will feel last. Pure: the graph of one sample. All ways together are found in one walk over its edges.
 */
export function blameOf(
  waits: ReadonlyMap<number, WaitSeen>,
  isSuspect: (pid: number) => boolean = () => false,
): (waiter: number) => Blame {
  const known = new Map<number, Way>();
  const suspicious = leadingTo(isSuspect, waits);
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
    // A walk that met a cycle may have stopped in it, although another way leads out.
    const end = waits.has(root) ? endOf(waiter, waits) : root;
    return { root: end ?? root, depth, isSuspicious: suspicious.has(waiter) };
  };
}

/** Suspects, and everyone who waits for one, directly or not: one walk from them backwards. */
function leadingTo(
  isSuspect: (pid: number) => boolean,
  waits: ReadonlyMap<number, WaitSeen>,
): ReadonlySet<number> {
  const waiters = new Map<number, number[]>();
  for (const { pid, blockers } of waits.values()) {
    for (const blocker of blockers) {
      const behind = waiters.get(blocker);
      if (behind === undefined) waiters.set(blocker, [pid]);
      else behind.push(pid);
    }
  }
  const found = new Set([...waits.keys(), ...waiters.keys()].filter(isSuspect));
  const open = [...found];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    for (const waiter of waiters.get(pid) ?? []) {
      if (found.has(waiter)) continue;
      found.add(waiter);
      open.push(waiter);
    }
  }
  return found;
}

/** Somebody whom the waiter waits for, and who waits for nobody. */
function endOf(waiter: number, waits: ReadonlyMap<number, WaitSeen>): number | undefined {
  const seen = new Set([waiter]);
  const open = [waiter];
  for (let pid = open.pop(); pid !== undefined; pid = open.pop()) {
    if (!waits.has(pid)) return pid;
    for (const blocker of waits.get(pid)?.blockers ?? []) {
      if (seen.has(blocker)) continue;
      seen.add(blocker);
      open.push(blocker);
    }
  }
  return undefined;
}
