import pg from 'pg';
import { describe, expect, it } from 'vitest';

import { withRetries } from '#rooms/migration/attempts.js';
import type { MigrationContext } from '#rooms/migration/step.js';
import { LockWaitLog } from '#rooms/target/index.js';
import { instant, milliseconds as ms, type Milliseconds } from '#rooms/units.js';

/** Time moves only by sleeping and by `work`. */
class HandClock {
  readonly slept: Milliseconds[] = [];
  #now = 1_000;

  now() {
    return instant(this.#now);
  }

  wallTime() {
    return 0;
  }

  async sleep(duration: Milliseconds, signal?: AbortSignal): Promise<void> {
    await Promise.resolve();
    signal?.throwIfAborted();
    this.slept.push(duration);
    this.pass(duration);
  }

  pass(duration: number): void {
    this.#now += duration;
  }
}

function serverError(sqlState: string, message = 'no luck'): pg.DatabaseError {
  const error = new pg.DatabaseError(message, message.length, 'error');
  error.code = sqlState;
  return error;
}

const LOCK_TIMEOUT = serverError('55P03', 'canceling statement due to lock timeout');

interface Try {
  readonly errors: readonly Error[];
  readonly retries?: number;
  readonly maxBackoff?: number;
  /** Called before each try with its number. */
  readonly before?: (number: number, stop: AbortController) => void;
}

/** Fails with each of the errors in turn, then succeeds; every try takes 50 ms. */
async function trying({ errors, retries = 10, maxBackoff = 1_000, before }: Try) {
  const clock = new HandClock();
  const stop = new AbortController();
  const told: string[] = [];
  const context: MigrationContext = {
    connection: { host: 'localhost', port: 5432, user: 'u', password: 'p', database: 'd' },
    clock,
    origin: instant(1_000),
    directory: '.',
    signal: stop.signal,
    waits: new LockWaitLog(clock),
    sees: { locks: true },
    onEvent: () => undefined,
  };
  let number = 0;
  const outcome = await withRetries(
    { retries, backoff: ms(100), maxBackoff: ms(maxBackoff) },
    context,
    (attempt, message) => told.push(`${attempt} ${message}`),
    () => {
      number++;
      before?.(number, stop);
      clock.pass(50);
      const error = errors[number - 1];
      return error === undefined ? Promise.resolve('done') : Promise.reject(error);
    },
  );
  return { outcome, slept: clock.slept, told };
}

describe('a try', () => {
  it('that succeeds is the only one', async () => {
    const { outcome, slept, told } = await trying({ errors: [] });
    expect(outcome).toEqual({ ok: true, value: 'done', attempts: [{ startedAt: 0, duration: 50 }] });
    expect([slept, told]).toEqual([[], []]);
  });

  it('that fails for a lock is made again, with doubled pauses up to the longest', async () => {
    const { outcome, slept, told } = await trying({
      errors: new Array<Error>(5).fill(LOCK_TIMEOUT),
      maxBackoff: 350,
    });
    expect(outcome).toMatchObject({ ok: true, value: 'done' });
    expect(slept).toEqual([100, 200, 350, 350, 350]);
    expect(told).toEqual([1, 2, 3, 4, 5].map((number) => `${number} ${LOCK_TIMEOUT.message}`));
  });

  it('is recorded with its time, its state and its message', async () => {
    const { outcome } = await trying({ errors: [LOCK_TIMEOUT, serverError('40P01', 'deadlock detected')] });
    expect(outcome.attempts).toEqual([
      { startedAt: 0, duration: 50, sqlState: '55P03', message: LOCK_TIMEOUT.message },
      { startedAt: 150, duration: 50, sqlState: '40P01', message: 'deadlock detected' },
      { startedAt: 400, duration: 50 },
    ]);
  });

  it('is not made more often than the policy allows', async () => {
    const { outcome } = await trying({ errors: new Array<Error>(9).fill(LOCK_TIMEOUT), retries: 2 });
    expect(outcome).toMatchObject({ ok: false, error: LOCK_TIMEOUT });
    expect(outcome.attempts).toHaveLength(3);
  });

  it.each(['55P03', '40P01', '40001'])('that fails with %s is worth another', async (sqlState) => {
    expect((await trying({ errors: [serverError(sqlState)] })).outcome.ok).toBe(true);
  });

  it.each(['42701', '23505', '57014', '53100'])('that fails with %s is not', async (sqlState) => {
    const error = serverError(sqlState);
    const { outcome } = await trying({ errors: [error] });
    expect(outcome).toMatchObject({ ok: false, error, attempts: [{ sqlState }] });
  });

  it('on a lost connection is not made again', async () => {
    const error = new Error('Connection terminated unexpectedly');
    expect((await trying({ errors: [error] })).outcome).toMatchObject({ ok: false, error });
  });
});

describe('a stop', () => {
  const reason = new Error('interrupted');

  it('while a try runs is the reason of its end', async () => {
    const { outcome, slept } = await trying({
      errors: [serverError('57014')],
      before: (_, stop) => stop.abort(reason),
    });
    expect([outcome, slept]).toMatchObject([{ ok: false, error: reason }, []]);
  });

  it('keeps another try from being made', async () => {
    const { outcome } = await trying({
      errors: [LOCK_TIMEOUT, LOCK_TIMEOUT, LOCK_TIMEOUT],
      before: (number, stop) => {
        if (number === 2) stop.abort(reason);
      },
    });
    expect(outcome).toMatchObject({ ok: false, error: reason });
    expect(outcome.attempts).toHaveLength(2);
  });

  it('during a pause ends it', async () => {
    const stop = new AbortController();
    const clock = new HandClock();
    const outcome = await withRetries(
      { retries: 5, backoff: ms(100), maxBackoff: ms(100) },
      {
        connection: { host: 'localhost', port: 5432, user: 'u', password: 'p', database: 'd' },
        clock,
        origin: instant(1_000),
        directory: '.',
        signal: stop.signal,
        waits: new LockWaitLog(clock),
        sees: { locks: true },
        onEvent: () => undefined,
      },
      () => stop.abort(reason),
      () => Promise.reject(LOCK_TIMEOUT),
    );
    expect(outcome).toMatchObject({ ok: false, error: reason });
    expect([outcome.attempts.length, clock.slept]).toEqual([1, []]);
  });
});
