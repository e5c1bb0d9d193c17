import { z } from 'zod';

import { LOCK_MODES } from '../postgres/index.ts';

import { count, list, ms } from './shape.ts';

export const lockMode = z.enum(LOCK_MODES);

/** Whose session it was. `other` is a session that the harness did not open. */
export const SESSION_KINDS = ['traffic', 'migration', 'actor', 'harness', 'autovacuum', 'other'] as const;

export const sessionLabel = z
  .object({
    pid: count,
    kind: z.enum(SESSION_KINDS),
    /** Name of the actor, the step or the application; empty for traffic. */
    name: z.string(),
    /** What it was running when seen. */
    query: z.string(),
  })
  .readonly();
export type SessionLabel = z.infer<typeof sessionLabel>;

/** One session waiting for one lock. */
export const lockWait = z
  .object({
    waiter: sessionLabel,
    /** PostgreSQL's lock type: relation, transactionid, tuple, virtualxid, … */
    lockType: z.string(),
    /** Empty where the lock is not on a relation. */
    relation: z.string(),
    mode: z.string(),
    startedAt: ms,
    duration: ms,
    /** Who it waited for directly, when last seen. */
    blockers: list(sessionLabel),
    /** Who stood at the end of the chain, waiting for nobody. */
    root: sessionLabel,
    /** Index of the migration step that stood in the chain (as root or in the middle), if one did. */
    step: count.optional(),
  })
  .readonly();
export type LockWait = z.infer<typeof lockWait>;

/** One pile-up: the sessions that waited behind one root, from the first wait to the end of the last. */
export const blockingChain = z
  .object({
    root: sessionLabel,
    startedAt: ms,
    duration: ms,
    /** Longest way from a waiter to the root. */
    depth: count,
    /** Most sessions that waited at the same time. */
    waiters: count,
    waits: count,
    relations: list(z.string()),
    step: count.optional(),
  })
  .readonly();
export type BlockingChain = z.infer<typeof blockingChain>;

export const observerResult = z
  .object({
    interval: ms,
    samples: count,
    /** Longest time between two samples. */
    longestGap: ms,
    /** Times without observation, when its connection was lost. */
    gaps: list(z.object({ startedAt: ms, duration: ms }).readonly()),
    deadlockTimeout: z.string(),
  })
  .readonly();
export type ObserverResult = z.infer<typeof observerResult>;
