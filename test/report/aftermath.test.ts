import { describe, expect, it } from 'vitest';

import { markdownSummary, terminalReport } from '#rooms/report/index.js';
import type { Result } from '#rooms/result/index.js';
import { milliseconds as ms } from '#rooms/units.js';

import { activity, aftermathOf, alone, plan, planChange, rerunOf, table } from '../result/aftermath.ts';
import { asReport, resultOf } from '../result/sample.ts';

const markdown = (changes: Partial<Result>): string => markdownSummary(asReport(resultOf(changes)));

describe('a summary in Markdown', () => {
  it('folds what changed in the schema, the plans and the work on the tables', () => {
    const aftermath = aftermathOf({
      schemaChanges: [
        { change: 'added', fact: { kind: 'column', relation: 'orders', name: 'note', definition: 'text' } },
        {
          change: 'removed',
          fact: { kind: 'view', relation: '', name: 'sales.totals', definition: 'VIEW AS SELECT 1' },
        },
      ],
      planChanges: [
        planChange(plan(8, ['Index Scan', 'orders', 'orders_customer']), plan(90, ['Seq Scan', 'orders'])),
        planChange(plan(8, ['Index Scan', 'orders', 'orders_customer']), undefined),
      ],
      activity: [activity('baseline', [table('orders', { indexScans: 500, updated: 100, hotUpdated: 40 })])],
    });
    const summary = markdown({ aftermath });
    expect(summary).toContain('| + | column | `orders.note` | `text` |');
    expect(summary).toContain('| − | view | `sales.totals` | `VIEW AS SELECT 1` |');
    expect(summary).toContain(
      'Index Scan of orders (orders\\_customer)<br>cost 8 | Seq Scan of orders<br>cost 90 |',
    );
    expect(summary).toContain('refused: column "customer\\_id" does not exist');
    expect(summary).toContain('| baseline | WAL of the server | 1 MB |');
    expect(summary).toContain('| `orders` |  | 50/s |  | 10/s | 40 % |');
  });

  it('says nothing of what is not different', () => {
    const summary = markdown({ aftermath: aftermathOf() });
    for (const heading of ['Changes of the schema', 'Plans that changed', 'Work on the tables'])
      expect(summary).not.toContain(heading);
    expect(markdown({})).not.toContain('second time');
  });
});

describe('statements alone', () => {
  const shown = (changes: Partial<Result>) =>
    terminalReport(asReport(resultOf(changes)), { color: false, width: 300, files: [] });

  it('are told where they take longer or shorter, and folded all of them', () => {
    expect(shown(alone())).toContain(
      'order_page: SELECT * FROM orders WHERE customer_id = $1 takes 2 ms alone where it took 0.2 ms (10 ×',
    );
    expect(shown(alone({ verdict: 'no-difference' }))).not.toContain('alone');
    const row =
      '| order\\_page | `SELECT * FROM orders WHERE customer_id = $1` | 0.2 ms | 2 ms | 10 × (8.5 to 11) |';
    expect(markdown(alone())).toContain(`${row} ▲ slower |`);
    expect(markdown(alone({ verdict: 'no-difference' }))).toContain(`${row} no difference |`);
  });

  it('that timed out or fail are told as well', () => {
    const late = alone({ after: { kind: 'timed-out', limit: ms(2_000) }, ratio: undefined });
    expect(shown(late)).toContain('takes more than 2 s alone where it took 0.2 ms');
    const failed = alone({
      verdict: 'not-comparable',
      reason: 'it fails: no',
      after: { kind: 'failed', message: 'no' },
    });
    expect(markdown(failed)).toContain('| fails |');
    expect(markdown(failed)).toContain('not comparable<br>it fails: no');
  });
});

it.each([
  [rerunOf({}), 'run a second time, the migration changed nothing'],
  [
    rerunOf({ outcome: 'failed-cleanly', error: 'relation "a" already exists' }),
    'run a second time, the migration failed and changed nothing: relation "a" already exists',
  ],
  [rerunOf({ outcome: 'changed' }), 'run a second time, the migration changed the database again'],
  [
    rerunOf({ outcome: 'left-half-done', error: 'no' }),
    'run a second time, the migration failed half-way: no',
  ],
] as const)('both reports say how a second run ended (%#)', (rerun, sentence) => {
  const shown = terminalReport(asReport(resultOf({ rerun })), { color: false, width: 200, files: [] });
  expect(shown).toContain(sentence);
  expect(markdown({ rerun })).toContain(`- ${sentence}`);
});
