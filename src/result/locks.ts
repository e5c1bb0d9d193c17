import { z } from 'zod';

import { LOCK_MODES, LOCK_WAIT_ENDS } from '../postgres/index.ts';

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
    /** exact: timed by the server and told to the waiter (log_lock_waits); sampled: seen by the observer, ± its interval. */
    timing: z.enum(['exact', 'sampled']),
    end: z.enum(LOCK_WAIT_ENDS),
    /** Who it waited for directly, when last seen. */
    blockers: list(sessionLabel),
    /** Who stood at the end of the chain, waiting for nobody; absent where nobody looked while it lasted. */
    root: sessionLabel.optional(),
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
    /** So long, where the samples took too much time themselves to be taken more often. */
    slowedTo: ms.optional(),
    /** Longest time between two samples. */
    longestGap: ms,
    /** Times without observation, when its connection was lost. */
    gaps: list(z.object({ startedAt: ms, duration: ms }).readonly()),
    /** In force on every session: waits longer than this are timed by the server. */
    deadlockTimeout: ms,
    /** What the server did not allow the observer to have, a sentence each. */
    missing: list(z.string()),
    /** Of all sessions; attributed: it is known who was at the root. */
    lockWaits: z.object({ seen: count, exact: count, attributed: count }).readonly(),
  })
  .readonly();
export type ObserverResult = z.infer<typeof observerResult>;

/** One of those who waited for each other. */
export const deadlockParticipant = z
  .object({
    /** Its query: what it was running, where that is known. */
    session: sessionLabel,
    /** Transactions of the traffic that have this statement. */
    transactions: list(z.string()).optional(),
    /** The lock that it asked for; `relation` is empty where it is not on a relation. */
    lockType: z.string(),
    relation: z.string(),
    mode: z.string(),
    /** Process that held it. */
    blockedBy: count,
    /** The server ended its transaction. */
    cancelled: z.boolean(),
  })
  .readonly();
export type DeadlockParticipant = z.infer<typeof deadlockParticipant>;

export const deadlock = z
  .object({
    /** When the error reached its victim. */
    at: ms,
    /** In the order of the circle, the victim first. */
    participants: list(deadlockParticipant),
  })
  .readonly();
export type Deadlock = z.infer<typeof deadlock>;
