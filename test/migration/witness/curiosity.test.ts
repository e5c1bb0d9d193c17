import { describe, expect, it } from 'vitest';

import { asksAfter, asksBefore } from '#rooms/migration/witness/curiosity.js';
import type { TransactionStatus } from '#rooms/migration/witness/protocol.js';
import { newStatement } from '#rooms/migration/witness/statement.js';
import { isControl, kindOfText } from '#rooms/migration/witness/text-kind.js';
import { milliseconds as ms } from '#rooms/units.js';

describe('what a text begins with', () => {
  it.each([
    ['BEGIN', 'control'],
    ['  -- a comment\n /* another */ set x = 1', 'control'],
    ['', 'control'],
    ['LOCK TABLE t', 'lock'],
    ['(SELECT 1)', 'query'],
    ['with x as (select 1) insert into t select * from x', 'query'],
    ['EXECUTE it', 'query'],
    ['ALTER TABLE t ADD x int', 'other'],
    ['DO $$ BEGIN END $$', 'other'],
  ])('%s: %s', (text, first) => {
    expect(kindOfText(text).first).toBe(first);
  });

  it('several statements are more than the first of them', () => {
    expect(isControl(kindOfText('BEGIN;'))).toBe(true);
    expect(isControl(kindOfText('BEGIN; DROP TABLE t'))).toBe(false);
  });
});

const NEVER = { askedAt: undefined, inquiries: 0 };
const OFTEN = { askedAt: ms(0), inquiries: 1_000 };

describe('a session is asked before a statement', () => {
  it.each<[string, TransactionStatus, boolean]>([
    ['ALTER TABLE t ADD x int', 'open', true],
    ['UPDATE t SET x = 1', 'open', true],
    ['SET TRANSACTION READ ONLY', 'open', false],
    ['SET TRANSACTION READ ONLY; SELECT 1', 'open', false],
    ['LOCK TABLE t', 'open', false],
    ['ALTER TABLE t ADD x int', 'failed', false],
    ['BEGIN', 'idle', false],
    ['BEGIN; ALTER TABLE t ADD x int', 'idle', true],
    ['VACUUM FULL t', 'idle', true],
  ])('%s, %s: %s', (text, status, expected) => {
    expect(asksBefore(text, status, NEVER, ms(1_000))).toBe(expected);
  });

  it('once in a transaction, and outside of one when what is known is old', () => {
    const known = { askedAt: ms(1_000), inquiries: 1 };
    expect(asksBefore('DROP TABLE t', 'open', known, ms(90_000))).toBe(false);
    expect(asksBefore('DROP TABLE t', 'idle', known, ms(1_100))).toBe(false);
    expect(asksBefore('DROP TABLE t', 'idle', known, ms(90_000))).toBe(true);
  });
});

describe('a session is asked after a statement', () => {
  const statement = (text: string, tag: string, took = 0) => ({
    ...newStatement(7, text, ms(0)),
    tag,
    endedAt: ms(took),
  });

  it.each<[string, string, TransactionStatus, boolean]>([
    ['ALTER TABLE t ADD x int', 'ALTER TABLE', 'open', true],
    ['SAVEPOINT a', 'SAVEPOINT', 'open', false],
    ['ROLLBACK TO a', 'ROLLBACK', 'open', true],
    ['ALTER TABLE t ADD x int', 'ALTER TABLE', 'failed', false],
    ['ALTER TABLE t ADD x int', 'ALTER TABLE', 'idle', true],
    ['SELECT 1', 'SELECT', 'idle', false],
    ['COMMIT', 'COMMIT', 'idle', false],
  ])('%s, %s, %s: %s', (text, tag, status, expected) => {
    expect(asksAfter(statement(text, tag), status, NEVER)).toBe(expected);
  });

  it('of many small INSERTs only the first hundreds, and whatever takes long', () => {
    expect(asksAfter(statement('INSERT INTO t VALUES (1)', 'INSERT'), 'open', NEVER)).toBe(true);
    expect(asksAfter(statement('INSERT INTO t VALUES (1)', 'INSERT'), 'open', OFTEN)).toBe(false);
    expect(asksAfter(statement('INSERT INTO t VALUES (1)', 'INSERT', 500), 'open', OFTEN)).toBe(true);
    expect(asksAfter(statement('UPDATE t SET x = 1', 'UPDATE', 500), 'idle', OFTEN)).toBe(true);
  });
});
