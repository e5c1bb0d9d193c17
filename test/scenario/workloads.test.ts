import { describe, expect, it } from 'vitest';

import { issues, scenario, SCENARIO } from './sources.ts';

describe('a workload', () => {
  /** A traffic file with one transaction `a` and this load. */
  const load = (text: string) => `${text}\ntransactions:\n  a: { query: SELECT 1 }\n`;
  const workloads = (text: string) => scenario(SCENARIO, { 'traffic.yaml': load(text) }).traffic.workloads;
  const complaints = (text: string) => issues(SCENARIO, { 'traffic.yaml': load(text) });

  it.each([
    [
      'connections: 4\nrate: 400/s',
      { kind: 'constant-arrival-rate', rates: [{ phase: 'warmup', rate: 400 }], arrival: 'poisson' },
    ],
    [
      'connections: 4\nrate: 6/m\narrival: uniform\nwhen_saturated: drop',
      {
        kind: 'constant-arrival-rate',
        rates: [{ phase: 'warmup', rate: 0.1 }],
        arrival: 'uniform',
        whenSaturated: 'drop',
      },
    ],
    [
      'connections: 4\nrate: { migration: 100/s, baseline: 400/s }',
      {
        kind: 'constant-arrival-rate',
        rates: [
          { phase: 'warmup', rate: 400 },
          { phase: 'migration', rate: 100 },
        ],
      },
    ],
    [
      'connections: 4\nstart_rate: 10/s\nstages: [{ target: 800/s, duration: 30s }, { target: 0/s, duration: 1m }]',
      {
        kind: 'ramping-arrival-rate',
        startRate: 10,
        stages: [
          { target: 800, duration: 30_000 },
          { target: 0, duration: 60_000 },
        ],
      },
    ],
    ['vus: 8\npause: 100ms', { kind: 'constant-vus', vus: 8, pause: 100 }],
    ['executor: max\nconnections: 4', { kind: 'max' }],
  ])('%j makes arrivals so', (text, executor) => {
    expect(workloads(text)).toMatchObject([{ name: 'main', executor }]);
  });

  it('of virtual users has as many connections as users, unless it says otherwise', () => {
    expect(workloads('vus: 8')).toMatchObject([{ connections: 8 }]);
    expect(workloads('vus: 8\nconnections: 2')).toMatchObject([{ connections: 2 }]);
  });

  it('takes its manners from the file, but for what it says itself', () => {
    const text = `isolation: repeatable read
acquire_timeout: 2s
retries: 3
workloads:
  web: { connections: 20, rate: 100/s, mix: { a: 1 } }
  jobs: { vus: 2, mix: { a: 1 }, isolation: serializable, retries: { times: 5, backoff: 50ms }, prepare: simple }`;
    expect(workloads(text)).toMatchObject([
      {
        name: 'web',
        connections: 20,
        manners: {
          prepare: 'named',
          isolation: 'repeatable read',
          acquireTimeout: 2_000,
          retry: { retries: 3, backoff: 10, maxBackoff: 1_000 },
          onPlanInvalidated: 'reprepare',
        },
      },
      {
        name: 'jobs',
        manners: {
          prepare: 'simple',
          isolation: 'serializable',
          acquireTimeout: 2_000,
          retry: { retries: 5, backoff: 50, maxBackoff: 1_000 },
        },
      },
    ]);
  });

  it.each([
    ['rate: 1/s', ['traffic.yaml:1: connections: required, but missing (expected a number of at least 1)']],
    [
      'connections: 1',
      ['traffic.yaml:1: rate: required, but missing (expected a rate such as 400/s or 30/m)'],
    ],
    [
      'executor: max\nconnections: 1\nrate: 5/s',
      ['traffic.yaml:3: rate: has no meaning with executor max\n    hint: it takes only connections'],
    ],
    [
      'vus: 3\nwhen_saturated: drop',
      [
        'traffic.yaml:2: when_saturated: has no meaning with executor constant-vus\n    hint: it takes vus, pause',
      ],
    ],
    [
      'connections: 3\nworkloads:\n  web: { vus: 1, mix: { a: 1 } }',
      ['traffic.yaml:1: connections: belongs to a workload\n    hint: write it under each of workloads'],
    ],
    [
      'workloads: {}',
      ['traffic.yaml:1: workloads: there is none\n    hint: name at least one, or leave workloads out'],
    ],
    [
      'workloads:\n  web: { vus: 1, mix: { b: 1 } }',
      [
        'traffic.yaml:2: workloads.web.mix.b: no transaction is called "b"\n    hint: did you mean "a"? known here: a',
        'traffic.yaml:4: transactions.a: is not in the mix, so it would never run\n    hint: add it to mix, or remove it',
      ],
    ],
    ['connections: 1\nrate: 0/s', ['traffic.yaml:2: rate: expected a rate above 0 and at most 100000/s']],
  ])('%j is refused', (text, reported) => {
    expect(complaints(text)).toEqual(reported);
  });

  it('of several transactions needs a mix', () => {
    const text =
      'connections: 1\nrate: 1/s\ntransactions:\n  a: { query: SELECT 1 }\n  b: { query: SELECT 2 }\n';
    expect(issues(SCENARIO, { 'traffic.yaml': text })).toEqual([
      'traffic.yaml:1: mix: required, but missing (expected weights of the transactions)',
    ]);
  });

  it('can be named by a threshold', () => {
    const text = `workloads:
  web: { vus: 1, mix: { a: 1 } }
transactions:
  a: { query: SELECT 1 }
`;
    const rules = (name: string) =>
      issues(`${SCENARIO}thresholds: { "failed{workload:${name}}": count == 0 }\n`, { 'traffic.yaml': text });
    expect(rules('web')).toEqual([]);
    expect(rules('wep')).toEqual([
      'a.yaml:4: thresholds.failed{workload:wep}: no workload is called "wep"\n    hint: did you mean "web"? known here: web',
    ]);
  });
});
