import { describe, expect, it } from 'vitest';

import { FINDINGS } from '#rooms/findings/index.js';
import { findingsTable, markdownSummary, metricsTable } from '#rooms/report/index.js';
import type { Result } from '#rooms/result/index.js';
import { METRICS } from '#rooms/threshold/index.js';
import { bytes, milliseconds as ms } from '#rooms/units.js';

import {
  asReport,
  impact,
  lock,
  migration,
  resultOf,
  REWRITE,
  scenarioOf,
  session,
  statement,
  step,
  transaction,
} from '../result/sample.ts';

const summary = (result: Result): string => markdownSummary(asReport(result));
/** What a reader sees before unfolding anything. */
const open = (text: string): string => text.replace(/<details>[\s\S]*?<\/details>\n*/g, '');

it('a failed run tells verdict, facts, transactions, findings and thresholds', () => {
  expect(open(summary(REWRITE))).toMatchInlineSnapshot(`
    "## ❌ FAIL \`orders-add-column-naive\`

    - step 1 held AccessExclusiveLock on orders for 6.9 s, rewrote orders (212 MB); 1,904 of 2,310 arrivals waited for it, the longest 6.9 s; nothing completed for 6.8 s
    - slowest: order\\_page with a p99 response time of 3 ms before and 6.9 s during the migration
    - 0 of 400 arrivals failed during and after the migration

    **step 1** \`ALTER TABLE orders ADD COLUMN tracking_id uuid DEFAULT gen_random_uuid()\`<br>**safer:** add the column without a default, set the default for new rows, backfill the old rows in batches (see \`scenarios/orders-add-column-safe.yaml\`)

    ### Transactions

    | transaction | phase | arrivals | failed | p50 | p99 | max |
    | --- | --- | --- | --- | --- | --- | --- |
    | \`order_page\` | baseline | 300 | 0 | 3 ms | 3 ms | 3 ms |
    |  | migration | 300 | 0 | 6.9 s | 6.9 s | 6.9 s |
    | \`place_order\` | baseline | 100 | 0 | 5 ms | 5 ms | 5 ms |
    |  | migration | 100 | 0 | 6 ms | 6 ms | 6 ms |

    ### Findings

    "
  `);
});

it('a run that passed shows little, and folds its thresholds', () => {
  const text = summary(resultOf());
  expect(open(text)).toMatchInlineSnapshot(`
    "## ✅ PASS \`orders-add-note\`

    - step 1 held AccessExclusiveLock on orders for 1.2 ms; none of 40 arrivals waited for it
    - slowest: place\\_order with a p99 response time of 5 ms before and 6 ms during the migration
    - 0 of 400 arrivals failed during and after the migration

    ### Transactions

    | transaction | phase | arrivals | failed | p50 | p99 | max |
    | --- | --- | --- | --- | --- | --- | --- |
    | \`place_order\` | baseline | 100 | 0 | 5 ms | 5 ms | 5 ms |
    |  | migration | 100 | 0 | 6 ms | 6 ms | 6 ms |
    | \`order_page\` | baseline | 300 | 0 | 3 ms | 3 ms | 3 ms |
    |  | migration | 300 | 0 | 4 ms | 4 ms | 4 ms |

    "
  `);
  expect(text).toContain('<details><summary>All 11 thresholds are met</summary>');
});

it('a statement that waited longer than it worked says so first', () => {
  const locks = [lock('orders', 'AccessExclusiveLock', 21, { waited: 4_980 })];
  const queued = step([statement('ALTER TABLE orders ADD COLUMN note text', { waiting: 4_980, locks })], {
    impact: impact(2_026, 2_146, 5_000),
  });
  expect(summary(resultOf({ migration: migration(queued) }))).toContain(
    '- step 1 waited 4.98 s for AccessExclusiveLock on orders, then held AccessExclusiveLock on orders for 21 ms; 2,026 of 2,146 arrivals waited for it',
  );
});

it('an invalid run says why it can not be believed', () => {
  const generator = { ...resultOf().generator!, eventLoopUtilization: 0.97 };
  expect(summary(resultOf({ generator }))).toContain(
    "## ⚠️ INVALID `orders-add-note`\n\nThis measurement can not be believed:\n\n- highest load of the generator's event loop: 97 %, must be &lt; 90 %\n\n- step 1 held",
  );
});

it('a migration that failed is told with its error, then with what the traffic had of it', () => {
  const error = { message: 'column "a_b" contains null values', statement: 'ALTER TABLE' };
  const failed = step([statement('ALTER TABLE orders ADD COLUMN a_b text')], { outcome: 'failed', error });
  const text = summary(resultOf({ migration: migration(failed) }));
  const [why, facts] = [text.indexOf('contains null values'), text.indexOf('- step 1 failed after')];
  expect(why).toBeGreaterThan(0);
  expect(facts).toBeGreaterThan(why);
  expect(text).not.toContain('held no lock');
});

it('what stands in the tags of a summary is HTML, not Markdown', () => {
  const text = summary(REWRITE);
  const inTags = [...text.matchAll(/<summary>(.*?)<\/summary>/g)].map(([, words]) => words ?? '');
  expect(inTags.length).toBeGreaterThan(3);
  expect(inTags.filter((words) => words.includes('\\'))).toEqual([]);
});

it('a run that was interrupted before anything was measured still has a summary', () => {
  const text = summary(
    resultOf({
      outcome: { kind: 'interrupted', during: 'starting' },
      phases: [],
      transactions: [],
      migration: undefined,
      generator: undefined,
      observer: undefined,
      server: undefined,
      relations: [],
    }),
  );
  expect(text).toContain('## ⚠️ INTERRUPTED `orders-add-note`');
  expect(text).toContain('- interrupted while the target was being started');
  expect(text).not.toContain('### Transactions');
});

describe('the folded parts', () => {
  it('show statements with their locks, chains, sizes, validity and the run', () => {
    const before = { name: 'orders', rows: 1, heapBytes: bytes(1024), totalBytes: bytes(2048) };
    const text = summary({
      ...REWRITE,
      blockingChains: [
        {
          root: session('actor', 'report', 'SELECT 1'),
          startedAt: ms(0),
          duration: ms(8_000),
          depth: 2,
          waiters: 31,
          waits: 90,
          relations: ['orders'],
          step: 0,
        },
      ],
      relations: [{ name: 'orders', before, after: { ...before, totalBytes: bytes(4096) } }],
    });
    expect(text).toContain(
      '| 1 | `ALTER TABLE orders ADD COLUMN tracking_id uuid DEFAULT gen_random_uuid()` | 0 ms | 6.9 s | AccessExclusiveLock on orders (0 ms, 6.9 s) | 8 kB |  |',
    );
    expect(text).toContain('| actor report | `SELECT 1` | orders | 8 s | 31 | 2 | 1 |');
    expect(text).toContain('| `orders` | 2 kB | 4 kB |');
    expect(text).toContain('| `samples{phase:migration} count >= 100` | 400 | ✅ |');
    expect(text).toContain('| server | PostgreSQL 18.4 (embedded) |');
  });
});

describe('names and SQL from elsewhere', () => {
  const evil = '<img src=x onerror=alert(1)> | `x` @admin #1 **b** [l](http://e)';

  it('have no meaning to Markdown, HTML or GitHub', () => {
    const text = summary(
      resultOf({
        scenario: scenarioOf({ name: evil }),
        transactions: [transaction(evil, 'migration', { response: [1], failedByClass: { schema_drift: 1 } })],
        errors: [
          {
            transaction: evil,
            workload: 'main',
            phase: 'migration',
            class: 'schema_drift',
            message: evil,
            statement: evil,
            count: 1,
            overcome: 0,
          },
        ],
        migration: migration(
          step([statement(evil, { error: { message: evil } })], {
            outcome: 'failed',
            error: { message: evil },
          }),
        ),
      }),
    );
    const outsideCode = text.replace(/(`+)[^\n]*?[^`]\1(?!`)/g, '');
    expect(outsideCode).not.toMatch(/<img|(?<!\\)\*\*b|@admin|#1\b|(?<!\\)\[l/);
  });

  it('keep a table row one row', () => {
    const result = resultOf({ transactions: [transaction('a|b\nc', 'baseline', { response: [1] })] });
    expect(summary(result)).toContain('| `a\\|b c` | baseline | 1 | 0 | 1 ms | 1 ms | 1 ms |');
  });
});

it('fits a pull-request comment, however much happened', () => {
  const long = 'x'.repeat(2_000);
  const rewrite = (index: number) =>
    step(
      [
        statement(`ALTER TABLE t${index} ADD COLUMN ${long} uuid DEFAULT gen_random_uuid()`, {
          working: 2_000,
          locks: Array.from({ length: 40 }, (_, table) => lock(`t${table}`, 'AccessExclusiveLock', 2_000)),
          rewritten: [{ relation: `t${index}`, megabytes: 1, rows: 5_000 }],
        }),
      ],
      { impact: impact(10, 100, 2_000) },
    );
  const result = resultOf({
    relations: [],
    migration: migration(...Array.from({ length: 60 }, (_, index) => rewrite(index))),
    transactions: Array.from({ length: 80 }, (_, index) =>
      transaction(`transaction_${index}`, 'migration', { response: [1] }),
    ),
  });
  expect(summary(result).length).toBeLessThan(65_536);
});

it('the table of findings for the manual has every finding', () => {
  const rows = findingsTable().split('\n');
  expect(rows).toHaveLength(FINDINGS.length + 2);
  expect(rows[2]).toBe(
    '| `table-rewrite` | a table was written anew while its readers and writers waited | ALTER TABLE, Notes |',
  );
});

it('the table of metrics for the manual has every metric', () => {
  const rows = metricsTable().split('\n');
  expect(rows).toHaveLength(Object.keys(METRICS).length + 2);
  expect(rows).toContain(
    '| `failed` | arrivals that ended in an error, as a share of those planned | `rate`, `count` | `phase`, `transaction`, `workload`, `class` |',
  );
});
