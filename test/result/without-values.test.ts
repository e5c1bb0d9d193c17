import { describe, expect, it } from 'vitest';

import { judge } from '#rooms/comparison/index.js';
import { RENDERINGS } from '#rooms/cli/renderings.js';
import { htmlReport } from '#rooms/report/index.js';
import { withoutValues, type ReportFile, type Result } from '#rooms/result/index.js';
import { migration, resultOf, session, statement, step, wait } from './sample.js';

const SECRET = 'hunter2';
const KEY = `Key (email)=(${SECRET}) is duplicated.`;
const WRONG = `invalid input syntax for type integer: "${SECRET}"`;

/** The server's words in every place that has some. */
const TELLING: Result = resultOf({
  warnings: [WRONG],
  errors: [
    {
      transaction: 'buy',
      workload: 'default',
      phase: 'baseline',
      class: 'other',
      sqlState: '22P02',
      message: WRONG,
      statement: 'SELECT $1::int',
      count: 1,
      overcome: 0,
    },
  ],
  lockWaits: [
    wait({
      for: 900,
      blockers: [],
      root: session('other', 'psql', `UPDATE t SET a = '${SECRET}' WHERE id = 31337`),
    }),
  ],
  migration: migration(
    step([statement('CREATE UNIQUE INDEX ON customers (email)', {})], {
      outcome: 'failed',
      error: { sqlState: '23505', message: 'could not create unique index', detail: KEY },
      output: `ERROR: no\nDETAIL:  ${KEY}`,
    }),
  ),
  outcome: {
    kind: 'failed',
    during: 'migration',
    failure: { code: 'target.lost', exitCode: 3, message: `the server died\nDETAIL:  ${KEY}` },
  },
});

const reported = (result: Result): ReportFile => ({ ...result, judgement: judge(result) });

// The page as it is without the script of its charts, which is built.
const RENDERED = {
  ...RENDERINGS,
  html: (report: ReportFile) => htmlReport(report, { script: '', sha256: () => '' }),
};

describe('withoutValues', () => {
  it.each(Object.entries(RENDERED))('leaves no value of a row in %s', (_, render) => {
    expect(render(reported(withoutValues(TELLING)), false)).not.toMatch(/hunter2|31337/);
  });

  it('is what keeps them out, and leaves the rest as it is', () => {
    expect(RENDERINGS.json(reported(TELLING), false)).toContain(SECRET);
    expect(withoutValues(TELLING).migration?.steps[0]?.error?.detail).toBe('Key (email)=(…) is duplicated.');
    expect(withoutValues(resultOf())).toEqual(resultOf());
  });
});
