import { readFileSync } from 'node:fs';

import { reportFile, type ReportFile } from '#rooms/result/index.js';

import {
  aftermathOf,
  activity,
  alone,
  newIndex,
  plan,
  planChange,
  rerunOf,
  table,
} from '../../result/aftermath.ts';
import { session, wait } from '../../result/sample.ts';

/** A report with something in every part of the page. */
export function fullReport(): ReportFile {
  const file = new URL('../../result/older/with-aftermath.json', import.meta.url);
  const report = reportFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  const step = report.migration!.steps[0]!;
  const broken = {
    sqlState: '23505',
    message: 'a duplicate',
    statement: 'CREATE UNIQUE INDEX',
    detail: 'Key (a)=(1).',
  };
  const attempt = {
    ...{ ...step.attempts[0]!, sqlState: '55P03', message: 'canceled', waited: 50 as never },
    ...{ lock: { lockType: 'relation', relation: 'orders', mode: 'ShareLock' } },
    ...{ behind: session('actor', 'report', 'SELECT 1'), impact: step.impact },
  };
  const build = {
    ...{ phase: 'waiting for old snapshots', startedAt: 12_000 as never, duration: 900 as never },
    ...{ lockers: { total: 2, done: 1 } },
    waitedFor: [{ session: session('actor', 'report', 'SELECT 1'), duration: 800 as never }],
  };
  const failed = {
    ...step,
    outcome: 'failed' as const,
    output: 'printed by a command',
    error: broken,
    attempts: [...step.attempts, attempt],
    statements: step.statements.map((one) => ({ ...one, error: broken, phases: [build] })),
  };
  return {
    ...report,
    warnings: ['something worth knowing'],
    errors: [
      {
        ...{
          transaction: 'order_page',
          workload: 'main',
          phase: 'migration',
          class: 'other',
          sqlState: '22012',
        },
        ...{ message: 'division by zero', statement: 'SELECT 1/0', count: 3, overcome: 0 },
      },
    ],
    actors: [
      {
        ...{
          name: 'report',
          kind: 'query',
          phase: 'migration',
          start: 0 as never,
          startedAt: 12_000 as never,
        },
        ...{ duration: 3_000 as never, turns: 1, failedTurns: 1, outcome: 'failed', message: 'it failed' },
      },
    ],
    migration: { ...report.migration!, outcome: 'failed', steps: [step, failed] },
    lockWaits: [
      ...report.lockWaits,
      wait({
        for: 900,
        blockers: [session('other', 'psql', 'SELECT 1')],
        root: report.blockingChains[0]!.root,
      }),
    ],
    deadlocks: [
      {
        at: 12_100 as never,
        participants: [
          {
            ...{ session: session('migration', 'step 1', 'ALTER TABLE orders'), lockType: 'relation' },
            ...{ relation: 'orders', mode: 'ShareLock', blockedBy: 7, cancelled: true },
          },
        ],
      },
    ],
    statementBenchmark: {
      ...alone({ reason: 'a reason', newIndexesUsed: ['orders_status'] }).statementBenchmark!,
      leftOut: [
        { workload: 'main', transaction: 'order_page', statement: 'LOCK TABLE orders', reason: 'PREPARE' },
      ],
    },
    leftovers: [{ kind: 'invalid-index', name: 'orders_idx', relation: 'orders' }],
    aftermath: aftermathOf({
      schemaChanges: [
        { change: 'added', fact: { kind: 'column', relation: 'orders', name: 'note', definition: 'text' } },
      ],
      activity: [activity('baseline', [table('orders', { updated: 10, hotUpdated: 5 })])],
      newIndexes: [newIndex()],
      planChanges: [
        planChange(plan(10, ['Seq Scan', 'orders']), plan(20, ['Index Scan', 'orders', 'orders_pkey'])),
        planChange(plan(10, ['Seq Scan', 'orders']), undefined),
      ],
    }),
    rerun: rerunOf({ outcome: 'left-half-done', error: 'it is there already' }),
    judgement: {
      ...report.judgement!,
      verdict: { kind: 'invalid', exitCode: 96, reasons: ['too few samples', 'a threshold'] },
      validity: [...report.judgement!.validity, { rule: 'samples count > 9', held: false, measured: '3' }],
      findings: report.judgement!.findings.map((finding) => ({ ...finding, accepted: 'we know' })),
    },
  };
}

type Path = readonly (string | number)[];

/** Every text in it that may be any text, by its path. */
export function freeTexts(report: ReportFile): readonly Path[] {
  return textsIn(report, []).filter((path) => reportFile.safeParse(replaced(report, path, '<b>x')).success);
}

function textsIn(value: unknown, path: Path): readonly Path[] {
  if (typeof value === 'string') return path.at(-1) === 'hdr' ? [] : [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, of]) =>
    textsIn(of, [...path, Array.isArray(value) ? Number(key) : key]),
  );
}

export function withTexts(report: ReportFile, paths: readonly Path[], text: string): ReportFile {
  return paths.reduce<unknown>((all, path) => replaced(all, path, text), report) as ReportFile; // checked by freeTexts
}

function replaced(value: unknown, [key, ...rest]: Path, text: string): unknown {
  if (key === undefined) return text;
  if (Array.isArray(value))
    return value.map((item: unknown, index) => (index === key ? replaced(item, rest, text) : item));
  const of = value as Readonly<Record<string, unknown>>; // paths come from textsIn
  return { ...of, [key]: replaced(of[key], rest, text) };
}
