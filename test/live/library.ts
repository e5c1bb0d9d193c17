import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import type { FindingId } from '#rooms/findings/index.js';
import type { ReportFile } from '#rooms/result/index.js';
import { newHome, ROOT } from './rehearsal.js';
import { toldOf, type OneOfSeveral } from './together.js';

/* Every pair that ships: the naive one shows exactly its hazards, the safe one none of them. A test file for each server runs them. */

/** How pairs are rehearsed that want the same: as short as their hazards allow, for their sizes and times are not the question. */
const MANNERS = {
  short: {
    scale: 0.0005,
    settings: ['phases.baseline=500ms', 'phases.migration.min=500ms', 'traffic.rate=100/s'],
  },
  /** With a report, which blocks the migration for a while. */
  report: {
    scale: 0.0005,
    settings: [
      'phases.baseline=500ms',
      'phases.migration.min=500ms',
      'traffic.rate=60/s',
      'actors.monthly_report.duration=4s',
    ],
  },
  /** The counters of baseline and recovery are compared. */
  counted: {
    scale: 0.0005,
    settings: ['phases.baseline=1500ms', 'phases.migration.min=300ms', 'phases.recovery=1500ms'],
  },
  /** Rows enough for a change of all of them to take longer than a hiccup. */
  large: {
    scale: 0.005,
    settings: [
      'phases.baseline=500ms',
      'phases.migration.min=500ms',
      'traffic.rate=100/s',
      'traffic.mix.ship_order=100',
      // Any order, not only the latest: those are the last that one UPDATE of them all comes to.
      'traffic.transactions.ship_order.params.order=orders.id',
    ],
  },
  /** New rows keep coming, and few are old. */
  growing: {
    scale: 0.0001,
    settings: ['phases.baseline=2s', 'phases.migration.min=500ms', 'phases.migration.max=8s'],
  },
} as const;

interface Pair {
  readonly manner: keyof typeof MANNERS;
  readonly shows: readonly FindingId[];
}

const short = (...shows: FindingId[]): Pair => ({ manner: 'short', shows });
const report = (...shows: FindingId[]): Pair => ({ manner: 'report', shows });
const counted = (...shows: FindingId[]): Pair => ({ manner: 'counted', shows });
const large = (...shows: FindingId[]): Pair => ({ manner: 'large', shows });
const growing = (...shows: FindingId[]): Pair => ({ manner: 'growing', shows });

const PAIRS: Readonly<Record<string, Pair>> = {
  'customers-not-null': short('constraint-failed'),
  'order-items-check': short('scan-under-lock', 'no-lock-timeout'),
  'orders-add-column': short('table-rewrite', 'no-lock-timeout'),
  'orders-drop-index': short('plan-changed'),
  'orders-not-null': short('scan-under-lock', 'no-lock-timeout'),
  'orders-reindex': short('scan-under-lock', 'no-lock-timeout'),
  'orders-rename-column': short('schema-mismatch'),
  'orders-required-column': short('schema-mismatch'),
  'payments-amount-type': short('table-rewrite', 'no-lock-timeout'),
  'payments-check-broken': short('constraint-failed', 'constraint-not-validated'),
  'payments-foreign-key': short('scan-under-lock', 'no-lock-timeout'),
  'payments-index': short('scan-under-lock', 'no-lock-timeout'),
  'payments-long-name': short('server-notice'),
  'payments-not-valid': short('constraint-not-validated'),
  'payments-unique': short('scan-under-lock', 'no-lock-timeout'),
  'payments-vacuum-full': short('table-rewrite', 'no-lock-timeout'),
  'products-drop-column': short('schema-mismatch'),
  'products-lock-order': short('deadlock', 'no-lock-timeout'),
  'products-price-type': short('plan-invalidated', 'scan-under-lock'),
  'reviews-duplicates': short('duplicate-rows', 'invalid-index'),
  'tax-rates-rerun': short('not-rerunnable'),

  'events-detach-partition': report('lock-queue', 'no-lock-timeout'),
  'order-items-drop-foreign-key': report('lock-queue', 'no-lock-timeout', 'pool-exhausted'),
  'orders-behind-report': report('lock-queue', 'no-lock-timeout'),
  'orders-pool': report('lock-queue', 'no-lock-timeout', 'pool-exhausted'),
  'payments-drop-index': report('lock-queue', 'no-lock-timeout'),
  'payments-index-timeout': report('invalid-index', 'migration-failed-attempts', 'server-notice'),

  'products-hot-index': counted('hot-updates-lost'),
  'reviews-unused-index': counted('index-unused'),

  'orders-one-transaction': large('scan-under-lock', 'lock-held', 'no-lock-timeout'),
  'orders-update': large('writes-blocked'),

  'payments-slow-backfill': growing('backfill-slower-than-inserts', 'leftover'),
};

/** What a busy machine adds to any run, or what a run as short as these can not show. They count only where a pair shows them for certain. */
const BY_CHANCE: Partial<Record<FindingId, string>> = {
  'other-table-locked': 'inherent to dropping a foreign key, safe or not: the safe way makes it short',
  'migration-failed-attempts':
    'a short lock_timeout runs out where the machine is busy; the next try succeeds',
  deadlock: 'shown for certain by products-lock-order only',
  'reads-blocked': 'a lock of milliseconds is held for a tenth of a second where the machine is busy',
  'writes-blocked': 'the same',
  'lock-held': 'the same',
  'lock-queue': 'a transaction of the traffic, behind which the migration waits, takes as long there',
  'pool-exhausted': 'who waits for a lock keeps a connection: it depends on how many came just then',
  'lock-order-inversion':
    'wants both tables in the transactions that were looked at; its own tests are run-locks.test.ts',
  'wal-heavy':
    'a checkpoint, and what a small dataset is to a WAL record; a backfill writes as much as a rewrite, only slower',
  'slower-after': 'wants seconds of baseline and recovery; shown by orders-drop-index-naive at its own scale',
  'autovacuum-cancelled': 'nobody knows when autovacuum comes, and a run of seconds does not see it',
};

const SETTINGS = [
  'phases.warmup=200ms',
  'phases.recovery=600ms',
  'statement_benchmark=false',
  // Whether a busy machine could drive the load is not the question.
  'validity.dispatch_lag=p(99) < 30s',
  'validity.event_loop_utilization=max < 1.1',
  'validity.gc_pause=max < 60s',
  'validity.no_load{phase:migration}=max < 60s',
  'validity.samples=count >= 1',
  'validity.observer_gap=max < 30s',
  // All defaults but those on times.
  'thresholds.failed=rate < 0.1%',
  'thresholds.never_started=count == 0',
  'thresholds.leftovers=count == 0',
  'thresholds.findings{severity:danger}=count == 0',
];

type Manner = keyof typeof MANNERS;
type Told = Readonly<Record<string, OneOfSeveral>>;

/** All pairs, with these options of the command line: one process for each manner, one after the other. */
export function describeLibrary(server: string, options: readonly string[] | undefined): void {
  for (const [id, reason] of Object.entries(BY_CHANCE))
    process.stdout.write(`asked for only where it is certain: ${id}: ${reason}\n`);
  describe.skipIf(options === undefined)(`the library of scenarios on ${server}`, () => {
    describe.each(Object.keys(MANNERS) as Manner[])('%s', (manner) => {
      let told: Told;
      beforeAll(async () => {
        told = await rehearsed(manner, options ?? []);
      }, 900_000);

      it.each(pairsOf(manner))('%s-naive shows its hazards and no others', (name, { shows }) => {
        const { report, stdout } = told[`${name}-naive`]!;
        const certain = idsOf(report).filter((id) => !(id in BY_CHANCE) || shows.some((one) => one === id));
        expect(certain.toSorted(), stdout).toEqual(shows.toSorted());
      });

      it.each(pairsOf(manner))('%s-safe shows none of them, and passes', (name, { shows }) => {
        const { report, exitCode, stdout } = told[`${name}-safe`]!;
        expect(
          idsOf(report).filter((id) => shows.some((one) => one === id)),
          stdout,
        ).toEqual([]);
        expect(exitCode, stdout).toBe(0);
      });
    });
  });
}

const pairsOf = (manner: Manner): [string, Pair][] =>
  Object.entries(PAIRS).filter(([, pair]) => pair.manner === manner);

async function rehearsed(manner: Manner, options: readonly string[]): Promise<Told> {
  await using home = newHome();
  const { scale, settings } = MANNERS[manner];
  const names = pairsOf(manner).flatMap(([name]) => [`${name}-naive`, `${name}-safe`]);
  const files = names.map((name) => join(ROOT, 'scenarios', `${name}.yaml`));
  const sets = [...SETTINGS, ...settings].flatMap((setting) => ['--set', setting]);
  return await toldOf(home, [...files, '--scale', String(scale), ...sets, ...options], names);
}

const idsOf = ({ judgement }: ReportFile): readonly string[] => [
  ...new Set((judgement?.findings ?? []).map(({ id }) => id)),
];
