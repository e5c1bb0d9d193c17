import type { BlockingChain, LockWait, SessionLabel } from '../result/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import { BuildFold, type SampledPhase } from './build-phases.ts';
import { blameOf, type Blame } from './chain.ts';
import type { Between, LockSeen, Sample, WaitSeen } from './samples.ts';

/** A table lock of a migration session as far as the samples are certain of it: what happened between two of them nobody knows. */
export interface SampledLock {
  readonly pid: number;
  readonly relation: string;
  readonly mode: string;
  readonly granted: Between;
  readonly released: Between;
}

export interface Folded {
  readonly lockWaits: readonly LockWait[];
  readonly leftOut: number;
  readonly chains: readonly BlockingChain[];
  readonly locks: readonly SampledLock[];
  readonly buildPhases: readonly SampledPhase[];
}

/** 10,000 waits are some 4 MB of report. Later ones are counted. */
const WAITS_KEPT = 10_000;

/** Folds samples, in their order, into lock waits, pile-ups and holds. Knows no clock and no database. */
export class Fold {
  readonly #waits: LockWait[] = [];
  readonly #chains: BlockingChain[] = [];
  readonly #locks: SampledLock[] = [];
  readonly #openWaits = new Map<string, OpenWait>();
  readonly #openChains = new Map<number, OpenChain>();
  readonly #openLocks = new Map<string, OpenLock>();
  readonly #builds = new BuildFold();
  #leftOut = 0;
  #last = milliseconds(0);
  /** When the reading of locks last began. */
  #lastRead = milliseconds(-Infinity);

  add(sample: Sample): void {
    const byPid = new Map(sample.waits.map((wait) => [wait.pid, wait]));
    const isMigration = (pid: number): boolean => sample.sessions.get(pid)?.kind === 'migration';
    const blame = blameOf(byPid, isMigration);
    const seen = sample.waits.map((wait) => this.#seeWait(wait, blame(wait.pid), sample));
    this.#closeWaits(sample.at, new Set(seen.map(({ key }) => key)));
    this.#seeChains(seen, sample);
    this.#seeLocks(sample);
    this.#builds.add(sample);
    this.#last = sample.at;
  }

  result(): Folded {
    this.#closeWaits(this.#last, new Set());
    for (const root of [...this.#openChains.keys()]) this.#closeChain(root, this.#last);
    for (const [key, lock] of this.#openLocks) this.#closeLock(key, lock, NEVER);
    return {
      lockWaits: this.#waits,
      leftOut: this.#leftOut,
      chains: this.#chains,
      locks: this.#locks,
      buildPhases: this.#builds.result(this.#last),
    };
  }

  #seeWait(wait: WaitSeen, { root, depth, isSuspicious }: Blame, sample: Sample): SeenWait {
    const key = `${wait.pid} ${wait.lockType} ${wait.relation} ${wait.mode} ${wait.serverStart}`;
    const earlier = this.#openWaits.get(key);
    const label = (pid: number): SessionLabel => sample.sessions.get(pid) ?? gone(pid);
    const step = earlier?.step ?? (isSuspicious ? sample.step : undefined);
    const blamed = earlier?.blamed ?? new Map<number, Blamed>();
    const blamedSince = blameStart(wait, root, earlier, sample.at);
    blamed.set(root, {
      root: label(root),
      blockers: wait.blockers.map(label),
      time: milliseconds((blamed.get(root)?.time ?? 0) + sample.at - (earlier?.lastSeen ?? wait.since)),
    });
    const open: OpenWait = {
      wait,
      since: earlier?.since ?? wait.since,
      waiter: label(wait.pid),
      root: label(root),
      blamedSince,
      blamed,
      step,
      lastSeen: sample.at,
    };
    this.#openWaits.set(key, open);
    return { key, open, depth };
  }

  /** A wait that is not seen any more ended between two samples: in the middle, on average. */
  #closeWaits(now: Milliseconds, stillSeen: ReadonlySet<string>): void {
    for (const [key, open] of this.#openWaits) {
      if (stillSeen.has(key)) continue;
      this.#openWaits.delete(key);
      if (this.#waits.length >= WAITS_KEPT) {
        this.#leftOut++;
        continue;
      }
      const { wait, since, waiter, step, lastSeen } = open;
      const { root, blockers } = mostBlamed(open);
      this.#waits.push({
        waiter,
        lockType: wait.lockType,
        relation: wait.relation,
        mode: wait.mode,
        startedAt: since,
        duration: milliseconds(Math.max(0, middle(lastSeen, now) - since)),
        timing: 'sampled',
        end: 'unseen',
        blockers,
        root,
        ...(step === undefined ? {} : { step }),
      });
    }
  }

  #seeChains(seen: readonly SeenWait[], sample: Sample): void {
    const byRoot = groupByRoot(seen);
    for (const [root, waits] of byRoot) {
      const chain = this.#openChains.get(root) ?? newChain(waits);
      chain.depth = Math.max(chain.depth, ...waits.map(({ depth }) => depth));
      chain.waiters = Math.max(chain.waiters, waits.length);
      chain.step ??= waits.find(({ open }) => open.step !== undefined)?.open.step;
      chain.lastSeen = sample.at;
      for (const { key, open } of waits) {
        chain.keys.add(key);
        if (open.wait.relation !== '') chain.relations.add(open.wait.relation);
      }
      this.#openChains.set(root, chain);
    }
    for (const root of [...this.#openChains.keys()].filter((one) => !byRoot.has(one)))
      this.#closeChain(root, sample.at);
  }

  #closeChain(root: number, now: Milliseconds): void {
    const chain = this.#openChains.get(root);
    this.#openChains.delete(root);
    if (chain === undefined) return;
    const { label, startedAt, lastSeen, depth, waiters, keys, relations, step } = chain;
    this.#chains.push({
      root: label,
      startedAt,
      duration: milliseconds(Math.max(0, middle(lastSeen, now) - startedAt)),
      depth,
      waiters,
      waits: keys.size,
      relations: [...relations],
      ...(step === undefined ? {} : { step }),
    });
  }

  /** A lock was there at some moment of the reading that saw it, and at some moment of the next one it was not. */
  #seeLocks({ locks, locksRead }: Sample): void {
    const granted = locks.filter((lock) => lock.granted);
    const keys = new Set(granted.map(lockKey));
    for (const [key, lock] of this.#openLocks)
      if (!keys.has(key)) this.#closeLock(key, lock, locksRead?.by ?? NEVER);
    if (locksRead === undefined) return;
    for (const lock of granted) {
      const first = { lock, granted: { after: this.#lastRead, by: locksRead.by }, lastSeen: locksRead.after };
      const open = this.#openLocks.get(lockKey(lock)) ?? first;
      open.lastSeen = locksRead.after;
      this.#openLocks.set(lockKey(lock), open);
    }
    this.#lastRead = locksRead.after;
  }

  #closeLock(key: string, { lock, granted, lastSeen }: OpenLock, by: Milliseconds): void {
    this.#openLocks.delete(key);
    const { pid, relation, mode } = lock;
    this.#locks.push({ pid, relation, mode, granted, released: { after: lastSeen, by } });
  }
}

interface OpenWait {
  readonly wait: WaitSeen;
  /** As first estimated: each sample maps the server's clock anew, a little differently. */
  readonly since: Milliseconds;
  readonly waiter: SessionLabel;
  /** At the end of the chain right now, and since when. */
  readonly root: SessionLabel;
  readonly blamedSince: Milliseconds;
  /** Everyone who stood there while it lasted, by pid. */
  readonly blamed: Map<number, Blamed>;
  readonly step: number | undefined;
  readonly lastSeen: Milliseconds;
}

interface Blamed {
  readonly root: SessionLabel;
  readonly blockers: readonly SessionLabel[];
  readonly time: Milliseconds;
}

interface SeenWait {
  readonly key: string;
  readonly open: OpenWait;
  readonly depth: number;
}

interface OpenChain {
  readonly label: SessionLabel;
  readonly startedAt: Milliseconds;
  readonly keys: Set<string>;
  readonly relations: Set<string>;
  lastSeen: Milliseconds;
  depth: number;
  waiters: number;
  step: number | undefined;
}

interface OpenLock {
  readonly lock: LockSeen;
  readonly granted: Between;
  lastSeen: Milliseconds;
}

function blameStart(
  wait: WaitSeen,
  root: number,
  earlier: OpenWait | undefined,
  now: Milliseconds,
): Milliseconds {
  if (earlier === undefined) return wait.since;
  return earlier.root.pid === root ? earlier.blamedSince : middle(earlier.lastSeen, now);
}

/**
 * Who was at fault for most of the wait. Not who stood there last: a change that waited long, and then held its lock for an instant,
 * is not what its queue waited for.
 */
function mostBlamed({ blamed }: OpenWait): Blamed {
  return [...blamed.values()].reduce((one, other) => (other.time > one.time ? other : one));
}

function groupByRoot(seen: readonly SeenWait[]): ReadonlyMap<number, readonly SeenWait[]> {
  const groups = new Map<number, SeenWait[]>();
  for (const wait of seen) groups.set(wait.open.root.pid, [...(groups.get(wait.open.root.pid) ?? []), wait]);
  return groups;
}

function newChain(waits: readonly SeenWait[]): OpenChain {
  const [first] = waits;
  if (first === undefined) throw new RangeError('a pile-up has at least one waiter');
  const startedAt = milliseconds(Math.min(...waits.map(({ open }) => open.blamedSince)));
  return {
    label: first.open.root,
    startedAt,
    keys: new Set(),
    relations: new Set(),
    lastSeen: startedAt,
    depth: 0,
    waiters: 0,
    step: undefined,
  };
}

/** Nobody saw that it was gone. */
const NEVER = milliseconds(Infinity);

/** The locks of reads and row changes end with their transaction; the others may be held over several, as CREATE INDEX CONCURRENTLY does. */
const OF_ONE_TRANSACTION = ['AccessShareLock', 'RowShareLock', 'RowExclusiveLock'];

const lockKey = ({ pid, relation, mode, transaction }: LockSeen): string =>
  `${pid} ${relation} ${mode}${OF_ONE_TRANSACTION.includes(mode) ? ` ${transaction}` : ''}`;
const middle = (one: Milliseconds, other: Milliseconds): Milliseconds => milliseconds((one + other) / 2);

/** It disconnected between the two queries of a sample, or is a prepared transaction (pid 0). */
const gone = (pid: number): SessionLabel => ({
  pid,
  kind: 'other',
  name: pid === 0 ? 'prepared transaction' : 'gone',
  query: '',
});
