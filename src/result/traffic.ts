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

/** One transaction in one phase. An arrival belongs to the phase of its intended start. */
export const transactionResult = z
  .object({
    name: z.string(),
    phase: phaseName,
    /** planned = completed + failed + inFlight + neverStarted, always. */
    planned: count,
    completed: count,
    failed: count,
    failedByClass: z.partialRecord(z.enum(ERROR_CLASSES), count),
    /** Still running when the run ended; their age enters no histogram but counts for thresholds. */
    inFlight: count,
    neverStarted: count,
    /** From the intended start to the end; of completed arrivals. */
    response: latencySummary,
    /** From the first statement sent to the end; of completed arrivals. */
    service: latencySummary,
    /** From dispatch until a connection was free; of every started arrival. */
    queueWait: latencySummary,
    /** From the intended start to dispatch: the generator's own lateness; of every dispatched arrival. */
    dispatchLag: latencySummary,
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

/** The first error of its kind, as a sample; `count` of all of them. */
export const errorSample = z
  .object({
    transaction: z.string(),
    phase: phaseName,
    class: z.enum(ERROR_CLASSES),
    sqlState: z.string().optional(),
    message: z.string(),
    statement: z.string(),
    count,
  })
  .readonly();
export type ErrorSample = z.infer<typeof errorSample>;

export const actorResult = z
  .object({
    name: z.string(),
    kind: z.string(),
    phase: phaseName,
    startedAt: ms,
    duration: ms,
    outcome: z.enum(['finished', 'stopped', 'failed']),
    message: z.string().optional(),
  })
  .readonly();
export type ActorResult = z.infer<typeof actorResult>;

/** What the generator says about itself. */
export const generatorResult = z
  .object({
    connections: count,
    connectionsLost: count,
    reconnects: count,
    /** Share of the time that the generator's event loop was busy, 0 … 1. */
    eventLoopUtilization: z.number(),
    /** Arrivals of the plan in the time that was driven. */
    planned: count,
    /** Those of them that the generator came to within a second of their time. */
    dispatched: count,
  })
  .readonly();
export type GeneratorResult = z.infer<typeof generatorResult>;

export const timeline = z.object({ interval: ms, points: list(timelinePoint) }).readonly();
