import { afterEach, describe, expect, it, vi } from 'vitest';

import { progressDisplay, type ProgressOutput } from '#rooms/cli/progress.js';
import type { RunEvent } from '#rooms/run/index.js';
import { milliseconds, perSecond } from '#rooms/units.js';

/** Keeps what is written to it. */
class Page implements ProgressOutput {
  readonly isTTY: boolean;
  readonly columns = 40;
  text = '';

  constructor(isTTY: boolean) {
    this.isTTY = isTTY;
  }

  write(text: string): void {
    this.text += text;
  }
}

afterEach(() => {
  vi.useRealTimers();
});

const STAGE: RunEvent = { kind: 'stage', stage: 'baseline', note: '10 s of traffic alone' };
const TRAFFIC: RunEvent = {
  kind: 'traffic',
  progress: {
    phase: 'baseline',
    at: milliseconds(61_900),
    completedPerSecond: 398,
    p99: milliseconds(12.34),
    failed: 2,
    connectionsInUse: 7,
    queued: 1_234,
  },
  waitingSessions: 3,
};
const LOADING: RunEvent = {
  kind: 'seed',
  progress: {
    kind: 'loading',
    table: 'orders',
    rows: 50_000,
    of: 100_000,
    totalRows: 250_000,
    totalOf: 1_000_000,
    rate: perSecond(125_000),
    share: 0.219,
    remaining: milliseconds(6_000),
  },
};
const INDEXING: RunEvent = {
  kind: 'seed',
  progress: {
    kind: 'indexing',
    name: 'orders_pkey',
    n: 3,
    of: 9,
    share: 0.75,
    remaining: milliseconds(2_000),
  },
};

function shown(isTerminal: boolean, ...events: readonly RunEvent[]): string {
  const page = new Page(isTerminal);
  using display = progressDisplay('my-scenario', page, { quiet: false });
  for (const event of events) display.show(event);
  display.end();
  return page.text;
}

describe('without a terminal', () => {
  it('a line says the phase, the rate, the p99, who waits and what is queued', () => {
    expect(shown(false, TRAFFIC)).toBe(
      'my-scenario  baseline 61 s, 398/s completed, p99 12 ms, 3 waiting for locks, 7 connections in use, 1,234 queued, 2 failed\n',
    );
  });

  it('a line says how far the whole of the seeding is, how long it will take, and what is done now', () => {
    expect(shown(false, LOADING)).toBe(
      'my-scenario  seeding 21 %, 6 s left: 250,000 of 1,000,000 rows, 125,000/s, orders\n',
    );
    expect(shown(false, INDEXING)).toBe(
      'my-scenario  seeding 75 %, 2 s left: index or key 3 of 9, orders_pkey\n',
    );
  });

  it('there is a line at the beginning of each stage, then one every few seconds', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const page = new Page(false);
    using display = progressDisplay('s', page, { quiet: false });
    const lines = (event: RunEvent): number => {
      page.text = '';
      display.show(event);
      return page.text.split('\n').length - 1;
    };
    expect([lines(STAGE), lines(TRAFFIC), lines(TRAFFIC)]).toEqual([1, 1, 0]);
    vi.advanceTimersByTime(4_999);
    expect(lines(TRAFFIC)).toBe(0);
    vi.advanceTimersByTime(1);
    expect([lines(TRAFFIC), lines(TRAFFIC)]).toEqual([1, 0]);
    expect([lines(STAGE), lines(TRAFFIC)]).toEqual([1, 1]);
  });

  it('a step of the migration and each of its retries have a line, its session and its batches none', () => {
    const migration = (event: Extract<RunEvent, { kind: 'migration' }>['event']): RunEvent => ({
      kind: 'migration',
      event,
    });
    const text = shown(
      false,
      TRAFFIC,
      migration({ kind: 'step-begun', step: 1, name: 'add the column' }),
      migration({ kind: 'session', step: 1, pid: 42 }),
      migration({ kind: 'retry', step: 1, attempt: 1, message: 'lock timeout' }),
      migration({ kind: 'batch', step: 1, rows: 1_000 }),
      migration({ kind: 'step-ended', step: 1, outcome: 'applied' }),
    );
    expect(text.split('\n').slice(1)).toEqual([
      'my-scenario  migration: add the column begins',
      'my-scenario  migration: attempt 1 failed (lock timeout), trying again',
      'my-scenario  migration: step 2 applied',
      '',
    ]);
  });
});

describe('on a terminal', () => {
  it('one line lives and is cut to the width; what lasts stays above it', () => {
    expect(shown(true, TRAFFIC, STAGE)).toBe(
      '\r\u001b[Kbaseline 61 s, 398/s completed, p99 12 ' +
        '\r\u001b[Kmy-scenario  baseline: 10 s of traffic alone\n' +
        '\r\u001b[K',
    );
  });
});

describe('on a terminal, the seeding', () => {
  it('has a bar', () => {
    expect(shown(true, INDEXING)).toBe('\r\u001b[K[===============     ] seeding 75 %, 2 \r\u001b[K');
  });
});

describe('with --quiet', () => {
  it('nothing is said', () => {
    const page = new Page(true);
    using display = progressDisplay('s', page, { quiet: true });
    for (const event of [STAGE, TRAFFIC, LOADING]) display.show(event);
    display.end();
    expect(page.text).toBe('');
  });
});
