import { describe, expect, it } from 'vitest';

import { ledger, READ_ONLY } from './ledger.js';
import type { ReportFile } from '#rooms/result/index.js';
import { emptyHome, newHome, only, rehearse } from './rehearsal.js';

/** Of a length that is known beforehand: how far a report may be from it on a machine that is busy with other things. */
const within = (known: number, least: number, most: number) => ({
  asymmetricMatch: (found: unknown) =>
    typeof found === 'number' && found >= known * least && found <= known * most,
  toString: () => `within ${known * least} … ${known * most}`,
});

/** The first statement of the first step, and its first lock. */
function firstOf({ migration }: ReportFile) {
  const step = migration!.steps[0]!;
  const statement = step.statements[0]!;
  return { step, statement, lock: statement.locks[0]! };
}

const longestChain = ({ blockingChains }: ReportFile) =>
  blockingChains.reduce((one, other) => (other.duration > one.duration ? other : one));

describe('a lock of known length', () => {
  it('is reported as that long, and so is what the traffic suffered', async () => {
    await using home = newHome();
    const scenario = ledger(home.files, {
      traffic: { ...READ_ONLY, lock_timeout: '30s' },
      migration: { sql: 'BEGIN; LOCK TABLE accounts; SELECT pg_sleep(2); COMMIT' },
      phases: { migration: { min: '2500ms' } },
    });
    const run = await rehearse(home, [scenario]);
    const { report } = only(run);
    const { step, statement, lock } = firstOf(report);
    expect(lock).toMatchObject({ relation: 'accounts', mode: 'AccessExclusiveLock' });
    expect(lock.held).toEqual(within(2_000, 1, 1.5));
    expect(statement.waiting).toBeLessThan(lock.held);
    expect(step.impact.longestStall).toEqual(within(2_000, 0.9, 1.5));
    expect(step.impact.longestWait).toEqual(within(2_000, 0.9, 1.5));
    // Every arrival of those two seconds waited: for the lock, or for one of the six connections.
    expect(step.impact.waited).toEqual(within(200, 0.6, 1.6));
    expect(step.impact.arrivals).toBeGreaterThanOrEqual(step.impact.waited);
    const migration = report.phases.find(({ name }) => name === 'migration');
    expect(migration?.longestStall).toBe(step.impact.longestStall);
    expect(longestChain(report)).toMatchObject({
      root: { kind: 'migration' },
      step: 0,
      depth: 1,
      waiters: 6,
      relations: ['accounts'],
      duration: within(2_000, 0.8, 1.5),
    });
    const waits = report.lockWaits.filter(({ waiter }) => waiter.kind === 'traffic');
    expect(waits.length).toBeGreaterThanOrEqual(6);
    expect(Math.max(...waits.map(({ duration }) => duration))).toEqual(within(2_000, 0.8, 1.5));
    expect(report.timeline.points.some(({ waitingSessions }) => waitingSessions === 6)).toBe(true);
  });

  it('of somebody else makes the migration wait that long, and the traffic behind it', async () => {
    await using home = newHome();
    const scenario = ledger(home.files, {
      traffic: READ_ONLY,
      migration: { sql: 'ALTER TABLE accounts ADD COLUMN note text' },
      more: {
        actors: {
          clerk: {
            kind: 'idle-in-transaction',
            query: 'SELECT count(*) FROM accounts',
            start: '-500ms',
            duration: '3s',
          },
        },
      },
    });
    const run = await rehearse(home, [scenario]);
    const { report } = only(run);
    const actor = report.actors[0]!;
    const { step, statement, lock } = firstOf(report);
    const rest = actor.startedAt + actor.duration - statement.startedAt;
    expect(statement.waiting).toEqual(within(rest, 0.8, 1.2));
    expect(lock).toMatchObject({ mode: 'AccessExclusiveLock', waited: statement.waiting });
    expect(statement.working).toBeLessThan(rest / 2);
    expect(longestChain(report)).toMatchObject({ root: { kind: 'actor', name: 'clerk' }, depth: 2, step: 0 });
    expect(step.impact.waited).toBeGreaterThan(0);
  });
});

describe('the same seed', () => {
  /** Says a fingerprint of the whole content, in rows that no traffic changes. */
  const FINGERPRINT = `DO $$ BEGIN RAISE NOTICE '%', (
    SELECT md5(string_agg(line, E'\\n' ORDER BY line)) FROM (
      SELECT a::text AS line FROM accounts a UNION ALL SELECT e::text FROM entries e) AS lines); END $$`;

  it('gives the same content, from the cache or anew, and another seed another', async () => {
    await using home = emptyHome();
    await using elsewhere = emptyHome();
    const seen = async (where: typeof home, ...words: readonly string[]) => {
      const scenario = ledger(where.files, { traffic: READ_ONLY, migration: { sql: FINGERPRINT } });
      const run = await rehearse(where, [scenario, ...words]);
      const { report } = only(run);
      expect(run.exitCode, run.stdout).toBe(0);
      return {
        content: report.migration?.steps[0]?.statements[0]?.notices[0]?.message,
        fromCache: report.dataset.fromCache,
        hash: report.dataset.hash,
      };
    };
    const first = await seen(home);
    const [second, anew, other] = await Promise.all([seen(home), seen(elsewhere), seen(home, '--seed', '7')]);
    expect(first.content).toMatch(/^[0-9a-f]{32}$/);
    expect(first.fromCache).toBe(false);
    expect(second).toEqual({ ...first, fromCache: true });
    expect(anew).toEqual(first);
    expect(other.fromCache).toBe(false);
    expect(other.hash).not.toBe(first.hash);
    expect(other.content).not.toEqual(first.content);
  });
});
