import { describe, expect, it } from 'vitest';

import { htmlReport, junitReport, markdownSummary, terminalReport } from '#rooms/report/index.js';
import type { StepResult } from '#rooms/result/index.js';

import {
  asReport,
  impact,
  lock,
  migration,
  resultOf,
  session,
  statement,
  step,
  table,
  wait,
} from '../result/sample.ts';
import { fullReport } from './html/full-report.ts';

const INDEX = 'CREATE INDEX tickets_subject ON desk.tickets (subject)';
const CHANNEL = "ALTER TABLE desk.tickets ADD COLUMN channel text NOT NULL DEFAULT 'mail'";
const NICK = 'ALTER TABLE desk.agents ADD COLUMN nick text';

/** Three statements in one transaction: the traffic waits for desk.tickets while its index is built, desk.agents is locked before all the while. */
function reportOf(changes: Partial<StepResult> = {}) {
  const several = step(
    [
      statement(NICK, { locks: [lock('desk.agents', 'AccessExclusiveLock', 1_210)] }),
      statement(CHANNEL, {
        startedAt: 10_005,
        locks: [lock('desk.tickets', 'AccessExclusiveLock', 1_205, { grantedAt: 10_005 })],
      }),
      statement(INDEX, {
        startedAt: 10_010,
        working: 1_200,
        locks: [lock('desk.tickets', 'ShareLock', 1_200, { grantedAt: 10_010 })],
        scanned: [{ relation: 'desk.tickets', megabytes: 65, rows: 160_000 }],
      }),
    ],
    { name: 'add channel', impact: impact(6, 600, 1_190), ...changes },
  );
  const root = session('migration', 'add channel', INDEX);
  return asReport(
    resultOf({
      relations: [table('desk.agents', 200), table('desk.tickets', 160_000)],
      lockWaits: [
        { ...wait({ for: 1_190, root }), relation: 'desk.tickets', startedAt: several.startedAt, step: 0 },
      ],
      migration: migration(several),
    }),
  );
}

const terminal = (report: ReturnType<typeof reportOf>): string =>
  terminalReport(report, { color: false, width: 110, files: [] });

describe('a step of several statements', () => {
  it('is told by its name and the statement that did it, and what others did is told with theirs', () => {
    expect(terminal(reportOf()).split('\n\n')[0]).toMatchInlineSnapshot(`
      "FAIL  orders-add-note
        step 1  add channel, statement 3: CREATE INDEX tickets_subject ON desk.tickets (subject)
                held AccessExclusiveLock on desk.tickets and desk.agents for 1.21 s, held ShareLock on desk.tickets
                for 1.2 s, read all of desk.tickets (65 MB)
                6 of 600 arrivals waited for it, the longest 1.19 s
                blocked for 1.2 s at scale 0.002 → about 10 min 0 s at scale 1 (1.2 s × 500, linear in rows)
                ALTER TABLE desk.agents ADD COLUMN nick text: held AccessExclusiveLock on desk.agents for 1.21 s
                meanwhile 2 further statements ran: CREATE INDEX tickets_subject ON desk.tickets (subject) (1.2 s),
                ALTER TABLE desk.tickets ADD COLUMN channel text NOT NULL DEFAULT 'mail' (1 ms)
                ALTER TABLE desk.tickets ADD COLUMN channel text NOT NULL D…: held AccessExclusiveLock on
                desk.tickets for 1.21 s
                meanwhile 1 further statement ran: CREATE INDEX tickets_subject ON desk.tickets (subject) (1.2 s)
        safer   build it concurrently, in a step without a transaction and without a short lock_timeout
                CREATE INDEX CONCURRENTLY tickets_subject ON desk.tickets (subject);"
    `);
  });

  it('is told so in a comment, on a page and in junit.xml', () => {
    const text = markdownSummary(reportOf());
    expect(text).toContain(
      `**step 1** add channel, statement 3: \`${INDEX}\`<br>**safer:** build it concurrently`,
    );
    expect(text).toContain('- step 1 (add channel, statement 3) held ShareLock on desk.tickets for 1.2 s');
    expect(text).toMatch(
      /· scan-under-lock · [^\n]* \(step 1: add channel, statement 3\)<\/summary>\n\n- statement: `CREATE INDEX/,
    );
    const page = htmlReport(
      { ...reportOf(), timeline: fullReport().timeline },
      { script: '', sha256: () => '' },
    );
    expect(page).toContain('step 1 · add channel, statement 3 · CREATE INDEX tickets_subject');
    expect(page).toMatch(/scan-under-lock<\/code> · step 1: add channel, statement 3\s/);
    expect(junitReport(reportOf())).toContain(`>in step 1: add channel, statement 3\n${INDEX}\n`);
  });

  it('without a name of its own is told by the statement alone', () => {
    expect(terminal(reportOf({ name: 'step 1' }))).toContain(`  step 1  statement 3: ${INDEX}\n`);
  });

  it('of which some are not listed numbers none', () => {
    expect(terminal(reportOf({ statementsLeftOut: 40 }))).toContain(`  step 1  add channel: ${INDEX}\n`);
  });
});
