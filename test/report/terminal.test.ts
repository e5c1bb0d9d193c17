import { describe, expect, it } from 'vitest';

import { terminalReport } from '#rooms/report/index.js';
import type { Result } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import {
  asReport,
  HEALTHY_TRANSACTIONS,
  impact,
  lock,
  migration,
  phase,
  resultOf,
  REWRITE,
  scenarioOf,
  session,
  statement,
  step,
  wait,
} from '../result/sample.ts';

const files = ['reports/run/report.json', 'reports/run/summary.md'];
const shown = (result: Result, width = 110): string =>
  `\n${terminalReport(asReport(result), { color: false, width, files })}`;

it('a failed run names the statement to blame, what it did, and the safer way', () => {
  expect(shown(REWRITE)).toMatchInlineSnapshot(`
    "
    FAIL  orders-add-column-naive
      step 1  ALTER TABLE orders ADD COLUMN tracking_id uuid DEFAULT gen_random_uuid()
              held AccessExclusiveLock on orders for 6.9 s, rewrote orders (212 MB)
              1,904 of 2,310 arrivals waited for it, the longest 6.9 s; nothing completed for 6.8 s
              blocked for 6.9 s at scale 0.002 → about 57 min 30 s at scale 1 (6.9 s × 500, linear in rows)
      safer   add the column without a default, set the default for new rows, backfill the old rows in batches
              (see scenarios/orders-add-column-safe.yaml)

      broken  longest time in which nothing completed in the migration phase: 6.8 s, must be < 1 s
              p99 response time of order_page in the migration phase: 6.9 s, must be < 100 ms (the floor of 10 ×
              baseline)
              p99 response time of order_page in the migration phase: 6.9 s, must be < 1 s
              number of findings of severity danger: 1 (table-rewrite), must be 0

      transaction   baseline p99   migration p99     failed
      order_page            3 ms           6.9 s   0 of 300
      place_order           5 ms            6 ms   0 of 100

      files   reports/run/report.json
              reports/run/summary.md
    "
  `);
});

it('a run that passed is short', () => {
  expect(shown(resultOf())).toMatchInlineSnapshot(`
    "
    PASS  orders-add-note
      step 1  ALTER TABLE orders ADD COLUMN note text
              held AccessExclusiveLock on orders for 1.2 ms
              took 1 ms

      transaction   baseline p99   migration p99     failed
      place_order           5 ms            6 ms   0 of 100
      order_page            3 ms            4 ms   0 of 300

      files   reports/run/report.json
              reports/run/summary.md
    "
  `);
});

it('an invalid run says first why it can not be believed', () => {
  const report = session('actor', 'nightly-report', 'SELECT count(*)\nFROM orders');
  const alter = statement('ALTER TABLE orders ADD COLUMN note text', {
    waiting: 8_000,
    locks: [lock('orders', 'AccessExclusiveLock', 2, { waited: 8_000, grantedAt: 18_000 })],
  });
  const result = resultOf({
    generator: { ...resultOf().generator!, eventLoopUtilization: 0.97 },
    lockWaits: [
      wait({ for: 8_000, waiter: session('migration', 'step'), mode: 'AccessExclusiveLock', root: report }),
      wait({ for: 7_900, root: report }),
    ],
    migration: migration(
      step([alter], { lockTimeout: undefined, impact: impact(1_200, 1_400, 7_900, 7_000) }),
    ),
  });
  expect(shown(result)).toMatchInlineSnapshot(`
    "
    INVALID  orders-add-note
      why     highest load of the generator's event loop: 97 %, must be < 90 %
      step 1  ALTER TABLE orders ADD COLUMN note text
              waited 8 s for AccessExclusiveLock on orders behind the actor nightly-report (SELECT count(*) FROM
              orders)
              1 request of the traffic queued behind it, the longest 7.9 s
              1,200 of 1,400 arrivals waited for it, the longest 7.9 s; nothing completed for 7 s
              asked for AccessExclusiveLock on orders without a lock_timeout and waited 8 s
      safer   ask with a short lock_timeout and try again, so that the traffic never queues for long; or let the
              actor nightly-report end first
              SET lock_timeout = '200ms'; -- in the scenario: lock_timeout: 200ms, with retries
              ALTER TABLE orders ADD COLUMN note text;

      broken  number of findings of severity danger: 1 (lock-queue), must be 0

      transaction   baseline p99   migration p99     failed
      place_order           5 ms            6 ms   0 of 100
      order_page            3 ms            4 ms   0 of 300

      files   reports/run/report.json
              reports/run/summary.md
    "
  `);
});

describe('a run that ended early', () => {
  it('interrupted in the baseline shows what was measured', () => {
    const result = resultOf({
      outcome: { kind: 'interrupted', during: 'baseline' },
      phases: [phase('baseline', 0, 4_000)],
      transactions: HEALTHY_TRANSACTIONS.filter((of) => of.phase === 'baseline'),
      migration: undefined,
    });
    expect(shown(result)).toMatchInlineSnapshot(`
      "
      INTERRUPTED  orders-add-note
        why     interrupted in the baseline phase

        transaction   baseline p99   migration p99   failed
        order_page            3 ms               –        –
        place_order           5 ms               –        –

        files   reports/run/report.json
                reports/run/summary.md
      "
    `);
  });

  it('interrupted while seeding has nothing but that to say', () => {
    const result = resultOf({
      outcome: { kind: 'interrupted', during: 'seeding' },
      phases: [],
      transactions: [],
      migration: undefined,
      generator: undefined,
      observer: undefined,
      server: undefined,
      relations: [],
    });
    expect(shown(result)).toMatchInlineSnapshot(`
      "
      INTERRUPTED  orders-add-note
        why     interrupted while the dataset was being loaded

        files   reports/run/report.json
                reports/run/summary.md
      "
    `);
  });

  it('by a migration that failed midway names the step', () => {
    const failure = { sqlState: '22012', message: 'division by zero' };
    const broken = step([statement('UPDATE orders SET total = total / 0', { error: failure })], {
      outcome: 'failed',
      error: failure,
    });
    const notRun = step([], { outcome: 'not-run', title: 'ALTER TABLE orders DROP COLUMN total' });
    expect(shown(resultOf({ migration: migration(resultOf().migration!.steps[0]!, broken, notRun) })))
      .toMatchInlineSnapshot(`
      "
      MIGRATION FAILED  orders-add-note
        why     step 2 of the migration failed: division by zero
                1 of 3 steps were applied: the schema is half-done
        step 2  UPDATE orders SET total = total / 0
                failed: division by zero
                failed after 1 ms

        transaction   baseline p99   migration p99     failed
        place_order           5 ms            6 ms   0 of 100
        order_page            3 ms            4 ms   0 of 300

        files   reports/run/report.json
                reports/run/summary.md
      "
    `);
  });

  it('by a broken constraint tells its error once, as the finding does', () => {
    const failure = { sqlState: '23502', message: 'column "note" contains null values' };
    const text = 'ALTER TABLE orders ALTER COLUMN note SET NOT NULL';
    const failed = step([statement('SELECT 1'), statement(text, { error: failure })], {
      outcome: 'failed',
      error: { ...failure, statement: text },
    });
    const story = shown(resultOf({ migration: migration(failed) })).split('\n  step 1')[1];
    expect(story).toContain(
      `  step, statement 2: ${text}\n          failed with 23502: ${failure.message}\n`,
    );
    expect(story).not.toContain('failed: ');
  });

  it('by the target says so, with the hint', () => {
    const failure = {
      code: 'target.lost',
      exitCode: 3,
      message: 'the server closed the connection',
      hint: 'look at its log',
    };
    const result = resultOf({ outcome: { kind: 'failed', during: 'recovery', failure } });
    expect(shown(result)).toContain(
      'TARGET FAILED  orders-add-note\n  why     failed in the recovery phase: the server closed the connection\n          hint: look at its log\n',
    );
  });
});

it('findings without a step and accepted findings are named as well', () => {
  const text = shown({
    ...REWRITE,
    scenario: scenarioOf({
      accept: [{ finding: 'table-rewrite', reason: 'the table is small in production' }],
    }),
    leftovers: [{ kind: 'unvalidated-constraint', name: 'orders_total_check', relation: 'orders' }],
  });
  expect(text).toContain('  also    the constraint orders_total_check on orders was never validated\n');
  expect(text).toContain('  accept  table-rewrite: the table is small in production\n');
});

it('without a scenario that shows the safer way, the SQL is shown', () => {
  const text = shown({ ...REWRITE, scenario: scenarioOf({}) });
  expect(text).toContain('          ALTER TABLE orders ADD COLUMN tracking_id uuid;\n');
});

it('a backfill tells its batches, a retried step its attempts', () => {
  const backfill = { table: 'orders', batches: 50, rows: 100_000, slowestBatch: ms(31) };
  const attempts = [
    { startedAt: ms(0), duration: ms(200), sqlState: '55P03', message: 'lock timeout' },
    { startedAt: ms(400), duration: ms(4) },
  ];
  const result = resultOf({
    migration: migration(
      step([], { kind: 'backfill', title: 'UPDATE orders SET note = $1', duration: ms(12_000), backfill }),
      step([statement('ALTER TABLE orders ADD a int')], { attempts }),
    ),
  });
  expect(shown(result)).toContain('took 12 s: 100,000 rows in 50 batches, the slowest 31 ms\n');
  expect(shown(result)).toContain('took 1 ms, 2 attempts\n');
});

it('arrivals that never ended show as such', () => {
  const stuck = HEALTHY_TRANSACTIONS.map((of) =>
    of.phase === 'migration' ? { ...of, planned: of.planned + 50, inFlight: 50 } : of,
  );
  expect(shown(resultOf({ transactions: stuck }))).toMatch(/order_page +3 ms +no end +0 of 350\n/);
});

it('many broken thresholds are counted, not all listed', () => {
  const thresholds = Array.from({ length: 12 }, (_, index) => ({
    selector: 'samples',
    condition: `count > ${1_000_000 + index}`,
  }));
  expect(shown(resultOf({ scenario: scenarioOf({ thresholds }) }))).toContain('          … and 4 more\n');
});

it('colours are escape codes, and nothing else changes', () => {
  const options = { width: 110, files };
  const colored = terminalReport(asReport(REWRITE), { ...options, color: true });
  expect(colored).toContain('\u001b[31m');

  expect(colored.replace(/\u001b\[\d+m/g, '')).toBe(
    terminalReport(asReport(REWRITE), { ...options, color: false }),
  );
});

it('no line is wider than the terminal, and SQL can not send escape codes', () => {
  const sql = `ALTER TABLE orders ADD COLUMN \u001b[2J${'long_name_'.repeat(30)} int`;
  const hostile = resultOf({
    migration: migration(step([statement(sql, { locks: [lock('orders', 'AccessExclusiveLock', 1)] })])),
  });
  for (const result of [REWRITE, hostile]) {
    const text = shown(result, 80);
    expect(text).not.toContain('\u001b');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  }
});

describe('notes', () => {
  it('tell what was worth a warning', () => {
    const warnings = ['the pool is nearly full without any migration: 40/s × 20 ms on average keep 0.8 …'];
    expect(shown(resultOf({ warnings }))).toContain(`\n  note    ${warnings[0]!}\n`);
  });

  it('tell what a closed loop carried, phase by phase', () => {
    const workloads = [{ name: 'main', executor: 'max' as const, connections: 10, vus: 10 }];
    // 400 arrivals in each of the two phases of 10 s, none in the recovery.
    expect(shown(resultOf({ scenario: scenarioOf({ workloads }) }))).toMatch(
      /note +max of main carried 40\/s in the baseline phase, 40\/s in the migration phase, 0\/s in the recovery\n +phase\n/,
    );
  });
});

it('dropped arrivals stand beside the failed', () => {
  const transactions = HEALTHY_TRANSACTIONS.map((of) =>
    of.phase === 'migration' ? { ...of, planned: of.planned + 50, dropped: 50 } : of,
  );
  expect(shown(resultOf({ transactions }))).toMatch(/order_page +3 ms +4 ms +0 of 350, 50 dropped\n/);
});

it('several workloads are told apart', () => {
  const workloads = ['web', 'jobs'].map((name) => ({
    name,
    executor: 'constant-arrival-rate' as const,
    connections: 5,
    rate: 20,
  }));
  const transactions = HEALTHY_TRANSACTIONS.map((of, index) => ({
    ...of,
    workload: index < 2 ? 'web' : 'jobs',
  }));
  const text = shown(resultOf({ scenario: scenarioOf({ workloads }), transactions }));
  expect(text).toMatch(/web\/order_page +3 ms/);
  expect(text).toMatch(/jobs\/place_order +5 ms/);
});
