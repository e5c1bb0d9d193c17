import { z } from 'zod';

import { aftermath, rerun } from './aftermath.ts';
import { blockingChain, deadlock, lockWait, observerResult } from './locks.ts';
import { leftover, migrationResult, relationChange } from './migration.ts';
import { count, list, ms } from './shape.ts';
import {
  actorResult,
  errorSample,
  generatorResult,
  intervalCell,
  phaseResult,
  timeline,
  transactionResult,
} from './traffic.ts';
import { judgement } from './judgement.ts';
import { statementBenchmark } from './statement-benchmark.ts';

export const SCHEMA_VERSION = 1;

/** Where a run can be when something ends it. */
export const STAGES = [
  'starting',
  'seeding',
  'warmup',
  'baseline',
  'migration',
  'recovery',
  'audit',
] as const;
export type Stage = (typeof STAGES)[number];

export const outcome = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('completed') }).readonly(),
  z.object({ kind: z.literal('interrupted'), during: z.enum(STAGES) }).readonly(),
  z
    .object({
      kind: z.literal('failed'),
      during: z.enum(STAGES),
      failure: z
        .object({ code: z.string(), exitCode: count, message: z.string(), hint: z.string().optional() })
        .readonly(),
    })
    .readonly(),
]);
export type Outcome = z.infer<typeof outcome>;

export const measured = z
  .object({
    schemaVersion: z.literal(SCHEMA_VERSION),
    harness: z.object({ name: z.literal('pg-rehearse'), version: z.string(), node: z.string() }).readonly(),
    scenario: z
      .object({
        name: z.string(),
        file: z.string(),
        hash: z.string(),
        /**
         * Hashes of what a scenario is made of, so that two of them can be told apart: `load` is when arrivals come, of which transactions, on how many connections, beside
         * which actors; `transactions` what each sends. Absent in older files.
         */
        parts: z
          .object({ load: z.string(), transactions: z.record(z.string(), z.string()), migration: z.string() })
          .readonly()
          .optional(),
        /** The scenario that shows the safer way, as its author says. */
        safer: z.string().optional(),
        /** Limits as the scenario states them; empty: the defaults. */
        thresholds: list(z.object({ selector: z.string(), condition: z.string() }).readonly()),
        validity: list(z.object({ selector: z.string(), condition: z.string() }).readonly()),
        accept: list(z.object({ finding: z.string(), reason: z.string() }).readonly()),
        workloads: list(
          z
            .object({
              name: z.string(),
              executor: z.enum(['constant-arrival-rate', 'ramping-arrival-rate', 'constant-vus', 'max']),
              connections: count,
              /** Arrivals a second at its highest; absent in closed loops. */
              rate: z.number().optional(),
              vus: count.optional(),
            })
            .readonly(),
        ),
      })
      .readonly(),
    dataset: z
      .object({
        file: z.string(),
        hash: z.string(),
        scale: z.number(),
        seed: count,
        fromCache: z.boolean(),
        rows: z.record(z.string(), count),
      })
      .readonly(),
    startedAt: z.iso.datetime(),
    /** Of the whole command for this scenario, seeding included. */
    duration: ms,
    /** From the start of the command to the start of the first phase. */
    preparation: ms,
    outcome,
    server: z
      .object({
        target: z.string(),
        version: z.string(),
        versionNumber: count,
        settings: z.record(z.string(), z.string()),
        /** In the database itself, which is not put back; absent: in one that was made for the run. */
        inPlace: z.literal(true).optional(),
        /** Of `target: container`. */
        container: z
          .object({
            image: z.string(),
            /** `sha256:…` of its registry; absent: built on the engine. */
            digest: z.string().optional(),
            /** `sha256:…` of the engine's copy. */
            id: z.string(),
            cpus: z.number().optional(),
            memory: count.optional(),
            sharedMemory: count,
          })
          .readonly()
          .optional(),
      })
      .readonly()
      .optional(),
    host: z
      .object({
        platform: z.string(),
        cpuModel: z.string(),
        cpus: count,
        memory: count,
        harnessPeakMemory: count,
      })
      .readonly(),
    /** Things worth knowing that are no finding: a sentence each. */
    warnings: list(z.string()),
    phases: list(phaseResult),
    transactions: list(transactionResult),
    timeline,
    /** By the timeline's intervals. */
    intervals: list(intervalCell),
    errors: list(errorSample),
    actors: list(actorResult),
    generator: generatorResult.optional(),
    migration: migrationResult.optional(),
    lockWaits: list(lockWait),
    /** Lock waits beyond those listed, so that a long run's file stays readable. */
    lockWaitsLeftOut: count,
    blockingChains: list(blockingChain),
    /** Of all phases, as far as a session of the harness was the victim. */
    deadlocks: list(deadlock).optional(),
    observer: observerResult.optional(),
    leftovers: list(leftover),
    relations: list(relationChange),
    aftermath: aftermath.optional(),
    /** Only where the scenario asks for it, or does not say otherwise on a database of ours. */
    statementBenchmark: statementBenchmark.optional(),
    /** Only where the scenario asks for it. */
    rerun: rerun.optional(),
  })
  .readonly();

/** What one run left behind: facts only. */
export type Result = z.infer<typeof measured>;

export const reportFile = measured.unwrap().extend({ judgement: judgement.optional() }).readonly();

/** `report.json`: a result and, beside it, what was made of it. */
export type ReportFile = z.infer<typeof reportFile>;
