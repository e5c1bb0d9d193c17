import { describe, expect, it } from 'vitest';

import type { HeardNotice } from '#rooms/migration/hearing.js';
import { isReport, REPORT_STATE, understandReports } from '#rooms/migration/witness/reports.js';
import { milliseconds as ms } from '#rooms/units.js';

/** The server's clock is a million milliseconds ahead, and its messages take 2 ms; some longer. */
const AHEAD = 1_000_000;

const report = (event: string, at: number, more: object = {}, delay = 2): HeardNotice => ({
  severity: 'INFO',
  sqlState: REPORT_STATE,
  message: JSON.stringify({ event, tag: 'ALTER TABLE', at: at + AHEAD, locks: [], scans: {}, ...more }),
  heardAt: ms(at + delay),
});
const begun = (at: number, more: object = {}, delay?: number) =>
  report('ddl_command_start', at, { context: '', ...more }, delay);
const ended = (at: number, more: object = {}) => report('ddl_command_end', at, { objects: [], ...more });
const waited = (heardAt: number, duration: number): HeardNotice => ({
  severity: 'LOG',
  sqlState: '00000',
  message: `process 12 acquired AccessExclusiveLock on relation 16385 of database 5 after ${duration}.000 ms`,
  heardAt: ms(heardAt),
});

describe('what event triggers tell', () => {
  it('is each command with its own time, locks, scans and waits', () => {
    const commands = understandReports(
      [
        begun(100, {}, 30),
        waited(150, 40),
        ended(160, {
          locks: [['7', 'AccessExclusiveLock']],
          scans: { '7': 2 },
          objects: [{ tag: 'ALTER TABLE', identity: 'public.orders' }],
        }),
        begun(200, { locks: [['7', 'AccessExclusiveLock']], scans: { '7': 2 } }),
        report('table_rewrite', 210, { table: '8', reasons: 6 }),
        ended(300, {
          locks: [
            ['7', 'AccessExclusiveLock'],
            ['8', 'AccessExclusiveLock'],
          ],
          scans: { '7': 2, '8': 1 },
        }),
      ],
      ms(310),
    );
    expect(commands).toMatchObject([
      {
        startedAt: 102,
        endedAt: 162,
        waiting: 40,
        object: 'orders',
        locks: [{ oid: '7', goneAt: undefined }],
        scanned: ['7'],
        completed: true,
      },
      {
        startedAt: 202,
        endedAt: 302,
        waiting: 0,
        locks: [{ oid: '8' }],
        scanned: ['8'],
        rewritten: [{ oid: '8', reasons: ['column-default', 'column-type'] }],
      },
    ]);
  });

  it('tells that a lock was gone when a later command began without it', () => {
    const [first] = understandReports(
      [begun(1), ended(5, { locks: [['7', 'ShareLock']] }), begun(9), ended(10)],
      ms(20),
    );
    expect(first?.locks).toEqual([{ oid: '7', mode: 'ShareLock', goneAt: 11 }]);
  });

  it('names what was dropped, and commands that nest', () => {
    const commands = understandReports(
      [
        begun(1, { tag: 'DROP TABLE' }),
        begun(2, { tag: 'DROP VIEW' }),
        report('sql_drop', 3, { objects: ['public.inner'] }),
        ended(4, { tag: 'DROP VIEW' }),
        report('sql_drop', 5, { objects: ['sales.outer'] }),
        ended(6, { tag: 'DROP TABLE' }),
      ],
      ms(20),
    );
    expect(commands.map(({ tag, object }) => [tag, object])).toEqual([
      ['DROP TABLE', 'sales.outer'],
      ['DROP VIEW', 'inner'],
    ]);
  });

  it('that did not end failed with the statement', () => {
    expect(understandReports([begun(100), waited(120, 10)], ms(500))).toMatchObject([
      { completed: false, startedAt: 102, endedAt: 500, waiting: 10 },
    ]);
  });

  it('has the text that a function sent', () => {
    const context =
      'PL/pgSQL function rehearse_witness.report() line 19 at GET DIAGNOSTICS\n' +
      'SQL statement "ALTER TABLE t\n  RENAME "a" TO b"\nPL/pgSQL function inline_code_block line 2 at EXECUTE';
    expect(understandReports([begun(1, { context }), ended(2)], ms(3))[0]?.text).toBe(
      'ALTER TABLE t\n  RENAME "a" TO b',
    );
  });

  it('is nobody else’s, and what is no report is none', () => {
    expect(understandReports([waited(1, 1)], ms(3))).toEqual([]);
    expect(isReport({ sqlState: '00000' })).toBe(false);
    expect(understandReports([{ ...begun(1), message: '{"event":"other"}' }], ms(3))).toEqual([]);
  });
});
