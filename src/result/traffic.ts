import { z } from 'zod';

import { ERROR_CLASSES } from '../postgres/index.ts';
import { PHASES } from '../threshold/index.ts';

import { count, encodedHistogram, list, ms } from './shape.ts';

const phaseName = z.enum(PHASES);

export const latencySummary = z
  .object({
    count,
    mean: ms,
    p50: ms,
    p90: ms,
    p95: ms,
    p99: ms,
    p999: ms,
    max: ms,
    histogram: encodedHistogram,
  })
  .readonly();
export type LatencySummary = z.infer<typeof latencySummary>;

/** One transaction of one workload in one phase. An arrival belongs to the phase of its intended start. */
export const transactionResult = z
  .object({
    name: z.string(),
    workload: z.string(),
    phase: phaseName,
    /** planned = completed + failed + dropped + inFlight + neverStarted, always. */
    planned: count,
    completed: count,
    /** Those that never got a connection within `acquire_timeout` included. */
    failed: count,
    failedByClass: z.partialRecord(z.enum(ERROR_CLASSES), count),
    /** Found no free connection, and the workload does not let its arrivals wait. */
    dropped: count,
    /** Still running when the run ended: above every limit of a threshold. */
    inFlight: count,
    neverStarted: count,
    /** Arrivals that were tried again after an error, and how often in all. */
    retried: count,
    retries: count,
    /** From the intended start to the end; of completed arrivals. */
    response: latencySummary,
    /** From the first statement sent to the end; of completed arrivals. */
    service: latencySummary,
    /** From dispatch until a connection was free; of every started arrival. */
    queueWait: latencySummary,
    /** From the intended start to dispatch: the generator's own lateness; of every dispatched arrival. */
    dispatchLag: latencySummary,
    /** From the intended start to the error; of failed arrivals. */
    failedAfter: latencySummary,
    /** From the intended start to the end of the run; of those in flight and those that never started. */
    unfinished: latencySummary,
  })
  .readonly();
export type TransactionResult = z.infer<typeof transactionResult>;

export const phaseResult = z
  .object({
    name: phaseName,
    startedAt: ms,
    duration: ms,
    /** Longest time in which at least one arrival was due or running and none completed; whole, where it only touched the phase. */
    longestStall: ms,
    longestStallAt: ms,
    /** Longest time in which nothing was due or running: without load there is nothing to see. */
    longestIdle: ms,
  })
  .readonly();
export type PhaseResult = z.infer<typeof phaseResult>;

/** One interval of the whole run; response times of the arrivals that ended in it. */
export const timelinePoint = z
  .object({
    at: ms,
    phase: phaseName,
    due: count,
    completed: count,
    failed: count,
    dropped: count,
    p50: ms,
    p95: ms,
    p99: ms,
    max: ms,
    /** Most at any moment of the interval. */
    connectionsInUse: count,
    queued: count,
    waitingSessions: count,
  })
  .readonly();
export type TimelinePoint = z.infer<typeof timelinePoint>;

/** One transaction in one phase during one interval. Latencies stand in the interval in which they became known; their sums are those of the transaction. */
export const intervalCell = z
  .object({
    /** Place in the timeline. */
    interval: count,
    transaction: z.string(),
    workload: z.string(),
    phase: phaseName,
    due: count,
    completed: count,
    failed: count,
    dropped: count,
    response: encodedHistogram,
    service: encodedHistogram,
    queueWait: encodedHistogram,
    dispatchLag: encodedHistogram,
  })
  .readonly();
export type IntervalCell = z.infer<typeof intervalCell>;

/** The first error of its kind, as a sample. */
export const errorSample = z
  .object({
    transaction: z.string(),
    workload: z.string(),
    phase: phaseName,
    class: z.enum(ERROR_CLASSES),
    sqlState: z.string().optional(),
    message: z.string(),
    statement: z.string(),
    /** Arrivals that failed with it. */
    count,
    /** Times that it was overcome by another try. */
    overcome: count,
  })
  .readonly();
export type ErrorSample = z.infer<typeof errorSample>;

export const actorResult = z
  .object({
    name: z.string(),
    kind: z.string(),
    phase: phaseName,
    /** As planned, from the start of its phase. */
    start: ms,
    /** When its first turn began; when it was due, where it never came. */
    startedAt: ms,
    /** Until its last turn ended. */
    duration: ms,
    /** That ended by themselves, or when their duration was over. */
    turns: count,
    failedTurns: count,
    /** failed: a turn did; stopped: none did, but the end of the run cut the last one, or came before the first. */
    outcome: z.enum(['finished', 'stopped', 'failed']),
    /** Of the first turn that failed, or why there was none. */
    message: z.string().optional(),
  })
  .readonly();
export type ActorResult = z.infer<typeof actorResult>;

/** What the generator says about itself. */
export const generatorResult = z
  .object({
    /** Threads. */
    workers: count,
    connections: count,
    connectionsLost: count,
    reconnects: count,
    /** Share of the time that the generator's event loop was busy, 0 … 1; of several, the busiest one's. */
    eventLoopUtilization: z.number(),
    /** Pauses of the generator's threads. */
    garbageCollection: z.object({ longest: ms, total: ms, count }).readonly(),
    /** Arrivals of the plan in the time that was driven. */
    planned: count,
    /** Those of them that the generator came to within a second of their time. */
    dispatched: count,
  })
  .readonly();
export type GeneratorResult = z.infer<typeof generatorResult>;

export const timeline = z.object({ interval: ms, points: list(timelinePoint) }).readonly();
