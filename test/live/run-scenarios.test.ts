import { join } from 'node:path';

import { beforeAll, describe, expect, it } from 'vitest';

import type { Finding, ReportFile } from '#rooms/result/index.js';
import { newHome, ROOT } from './rehearsal.js';
import { toldOf, type OneOfSeveral } from './together.js';

/* What ships, each for the right reason. At most two at a time: they are judged by how the traffic fares. */

const QUICK = [
  'phases.warmup=300ms',
  'phases.baseline=700ms',
  'phases.migration.min=1200ms',
  'phases.recovery=300ms',
  'traffic.rate=120/s',
  'statement_benchmark=false',
];

/** A busy machine delays the generator as much as the server; that is for validity to say, and not the question here. */
const DOUBT_LESS = [
  'validity.dispatch_lag=p(99) < 5s',
  'validity.event_loop_utilization=max < 1.1',
  'validity.observer_gap=max < 30s',
  'validity.gc_pause=max < 60s',
];

/** All default thresholds but those on response times, whose floor of 100 ms a busy machine reaches by itself. */
const NOTHING_STALLED = [
  'thresholds.no_completion{phase:migration}=max < 1500ms',
  'thresholds.failed=rate < 0.1%',
  'thresholds.never_started=count == 0',
  'thresholds.leftovers=count == 0',
  'thresholds.findings{severity:danger}=count == 0',
];

const REPORT = ['actors.monthly_report.duration=4s'];

/** Several in one process, with the same settings. */
async function rehearsed<Name extends string>(
  names: readonly Name[],
  settings: readonly string[],
  ...more: readonly string[]
): Promise<Readonly<Record<Name, OneOfSeveral>>> {
  await using home = newHome();
  const sets = [...QUICK, ...DOUBT_LESS, ...settings].flatMap((setting) => ['--set', setting]);
  const files = names.map((name) => join(ROOT, 'scenarios', `${name}.yaml`));
  return await toldOf(home, [...files, '--scale', '0.0005', ...sets, ...more], names);
}

const dangers = ({ judgement }: ReportFile): string[] => idsOf(judgement?.findings ?? [], 'danger');
const idsOf = (findings: readonly Finding[], severity: string): string[] =>
  findings.filter((finding) => finding.severity === severity).map(({ id }) => id);

/* Two commands at a time, of two scenarios each. */
const naive = () => rehearsed(['orders-add-column-naive', 'payments-foreign-key-naive'], []);
const safe = () => rehearsed(['orders-add-column-safe', 'payments-foreign-key-safe'], NOTHING_STALLED);

let told: Readonly<Awaited<ReturnType<typeof naive>> & Awaited<ReturnType<typeof safe>>>;

beforeAll(async () => {
  const [failing, passing] = await Promise.all([naive(), safe()]);
  told = { ...failing, ...passing };
});

describe('orders-add-column', () => {
  it('naive fails: the table is rewritten while nobody may touch it', () => {
    const { exitCode, report, stdout } = told['orders-add-column-naive'];
    expect(exitCode, stdout).toBe(99);
    expect(report.judgement?.verdict.kind).toBe('fail');
    expect(dangers(report)).toContain('table-rewrite');
    const [statement] = report.migration?.steps[0]?.statements ?? [];
    expect(statement?.rewritten).toMatchObject([{ relation: 'orders' }]);
    expect(statement?.locks).toContainEqual(
      expect.objectContaining({ relation: 'orders', mode: 'AccessExclusiveLock' }),
    );
    expect(stdout).toMatch(/rewrote orders .*\n.* at scale 1 /s);
    expect(stdout).toContain('orders-add-column-safe.yaml');
  });

  it('safe passes: no row is written under a strong lock', () => {
    const { exitCode, report, stdout } = told['orders-add-column-safe'];
    expect(exitCode, stdout).toBe(0);
    expect(stdout).toMatch(/^PASS {2}orders-add-column-safe/);
    expect(dangers(report)).toEqual([]);
    expect(
      report.migration?.steps.flatMap(({ statements }) => statements.flatMap((one) => one.rewritten)),
    ).toEqual([]);
    const backfill = report.migration?.steps[2]?.backfill;
    expect(backfill?.rows).toBeGreaterThanOrEqual(report.dataset.rows['orders'] ?? Infinity);
  });
});

describe('payments-foreign-key', () => {
  it('naive fails: payments are looked up one by one while writers wait', () => {
    const { exitCode, report, stdout } = told['payments-foreign-key-naive'];
    expect(exitCode, stdout).toBe(99);
    const finding = report.judgement?.findings.find(({ id }) => id === 'scan-under-lock');
    expect(finding).toMatchObject({ severity: 'danger', relation: 'payments' });
    expect(report.migration?.steps[0]?.statements[0]?.locks).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ relation: 'payments', mode: 'ShareRowExclusiveLock' }),
        expect.objectContaining({ relation: 'orders', mode: 'ShareRowExclusiveLock' }),
      ]),
    );
  });

  it('safe passes: the old rows are checked beside the traffic', () => {
    const { exitCode, report, stdout } = told['payments-foreign-key-safe'];
    expect(exitCode, stdout).toBe(0);
    expect(dangers(report)).toEqual([]);
    expect(report.leftovers).toEqual([]);
  });
});

describe('orders-behind-report', () => {
  it.concurrent('naive fails: everybody queues behind a change that waits for the report', async () => {
    const { exitCode, report, stdout } = (await rehearsed(['orders-behind-report-naive'], REPORT))[
      'orders-behind-report-naive'
    ];
    expect(exitCode, stdout).toBe(99);
    expect(dangers(report)).toContain('lock-queue');
    expect(report.actors).toMatchObject([{ name: 'monthly_report', kind: 'report' }]);
    const longest = report.blockingChains.reduce((one, other) =>
      other.duration > one.duration ? other : one,
    );
    expect(longest).toMatchObject({
      root: { kind: 'actor', name: 'monthly_report' },
      relations: ['orders'],
      step: 0,
    });
    expect(longest.depth).toBeGreaterThanOrEqual(2);
    expect(report.migration?.steps[0]?.impact.waited).toBeGreaterThan(0);
  });

  it.concurrent('safe passes: it gives up early and comes back until the report is over', async () => {
    const { exitCode, report, stdout } = (
      await rehearsed(['orders-behind-report-safe'], [...REPORT, ...NOTHING_STALLED])
    )['orders-behind-report-safe'];
    expect(exitCode, stdout).toBe(0);
    expect(dangers(report)).toEqual([]);
    const [step] = report.migration?.steps ?? [];
    expect(step?.outcome).toBe('applied');
    expect(step?.attempts.length).toBeGreaterThan(1);
    expect(step?.attempts.slice(0, -1).every(({ sqlState }) => sqlState === '55P03')).toBe(true);
  });
});
