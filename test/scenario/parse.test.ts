import { describe, expect, it } from 'vitest';

import { parseTrafficFile, scenarioJsonSchema, trafficJsonSchema } from '#rooms/scenario/index.js';

import { issues, parse, scenario, SCENARIO, set, TRAFFIC } from './sources.ts';

describe('a scenario of three lines', () => {
  it('is complete: every default is filled in', () => {
    expect(scenario(SCENARIO)).toMatchObject({
      name: 'a',
      file: 'a.yaml',
      dataset: { kind: 'file', file: 'shop.yaml' },
      scale: 1,
      seed: undefined,
      settings: {},
      actors: [],
      phases: { warmup: 2_000, baseline: 10_000, migration: { min: 5_000, max: 600_000 }, recovery: 5_000 },
      thresholds: [],
      validity: [],
      accept: [],
      rerun: false,
      statementBenchmark: { time: 1_000 },
      safer: undefined,
      traffic: {
        workers: 1,
        grace: 10_000,
        workloads: [
          {
            name: 'main',
            connections: 4,
            executor: {
              kind: 'constant-arrival-rate',
              rates: [{ phase: 'warmup', rate: 100 }],
              arrival: 'poisson',
              whenSaturated: 'queue',
            },
            manners: {
              prepare: 'named',
              isolation: undefined,
              acquireTimeout: undefined,
              statementTimeout: undefined,
              lockTimeout: undefined,
              idleInTransactionTimeout: undefined,
              retry: { retries: 0 },
              onPlanInvalidated: 'reprepare',
            },
          },
        ],
      },
    });
  });

  it('tries its statements alone for a second, but on a database that is there already only when asked', () => {
    const existing = SCENARIO.replace('dataset: shop.yaml', 'dataset: existing');
    const wish = (text: string) => scenario(text).statementBenchmark;
    expect(wish(`${SCENARIO}statement_benchmark: false\n`)).toBeUndefined();
    expect(wish(`${SCENARIO}statement_benchmark: { time: 4s }\n`)).toEqual({ time: 4_000 });
    expect(wish(existing)).toBeUndefined();
    expect(wish(`${existing}statement_benchmark: true\n`)).toEqual({ time: 1_000 });
  });

  it('may hold its traffic inline', () => {
    const inline = `traffic:\n${TRAFFIC.replace(/^(?=.)/gm, '  ')}`;
    const text = SCENARIO.replace('traffic: traffic.yaml\n', inline);
    const places = /"location":\{[^}]*\}/g;
    const shape = (of: string): string => JSON.stringify(scenario(of).traffic).replace(places, '');
    expect(shape(text)).toBe(shape(SCENARIO));
  });
});

it('everything that is written is kept', () => {
  const text = `${SCENARIO}name: nightly
scale: 0.05
seed: 7
settings: { work_mem: 4MB, jit: false, max_wal_size: 1024 }
phases: { warmup: 1s, baseline: 2s, migration: { min: 3s, max: 4m }, recovery: 5s }
thresholds:
  response_time{phase:migration,transaction:order_page}: [p(99) < 1s, max < 2s]
  failed: rate < 0.1%
validity: { samples: count > 10 }
accept: { table-rewrite: at night nobody is there }
safer: safe.yaml
`;
  expect(scenario(text)).toMatchObject({
    name: 'nightly',
    scale: 0.05,
    seed: 7,
    settings: { work_mem: '4MB', jit: 'false', max_wal_size: '1024' },
    phases: { warmup: 1_000, baseline: 2_000, migration: { min: 3_000, max: 240_000 }, recovery: 5_000 },
    thresholds: [
      { selector: 'response_time{phase:migration,transaction:order_page}', condition: 'p(99) < 1s' },
      { selector: 'response_time{phase:migration,transaction:order_page}', condition: 'max < 2s' },
      { selector: 'failed', condition: 'rate < 0.1%', parsed: { selector: { metric: 'failed' } } },
    ],
    validity: [{ selector: 'samples', condition: 'count > 10' }],
    accept: [{ finding: 'table-rewrite', reason: 'at night nobody is there' }],
    safer: 'safe.yaml',
  });
});

describe('a mistake in the scenario file is reported with its line', () => {
  it.each([
    [
      SCENARIO.replace('dataset', 'datset'),
      [
        'a.yaml:1: dataset: required, but missing (expected string)\n    hint: the dataset file, relative to this file; existing: the data of the database that --target names',
        expect.stringMatching(/^a\.yaml:1: datset: unknown key "datset"\n {4}hint: did you mean "dataset"\?/),
      ],
    ],
    [
      SCENARIO.replace('shop.yaml', 'shopp.yaml'),
      [
        'a.yaml:1: dataset: there is no file "shopp.yaml"\n    hint: paths are relative to the file that names them',
      ],
    ],
    [
      SCENARIO.replace('traffic.yaml', 'trafic.yaml'),
      [
        'a.yaml:2: traffic: there is no file "trafic.yaml"\n    hint: paths are relative to the file that names them',
      ],
    ],
    [
      `${SCENARIO}safer: safer.yaml\n`,
      [
        'a.yaml:4: safer: there is no file "safer.yaml"\n    hint: paths are relative to the file that names them',
      ],
    ],
    [`${SCENARIO}scale: 0\n`, ['a.yaml:4: scale: expected a number above 0, found 0']],
    [`${SCENARIO}seed: -1\n`, ['a.yaml:4: seed: expected a number of at least 0, found -1']],
    [
      `${SCENARIO}phases: { basline: 1s }\n`,
      [
        'a.yaml:4: phases.basline: unknown key "basline"\n    hint: did you mean "baseline"? known here: warmup, baseline, migration, recovery',
      ],
    ],
    [
      `${SCENARIO}phases:\n  migration: { min: 5 }\n`,
      [
        'a.yaml:5: phases.migration.min: expected a duration such as 250ms, 2s or 5m, found 5\n    hint: a duration: 250ms, 2s, 5m',
      ],
    ],
    [
      `${SCENARIO}thresholds:\n  respone_time: p(99) < 1s\n`,
      [
        'a.yaml:5: thresholds.respone_time: there is no metric "respone_time"\n    hint: did you mean "response_time"?',
      ],
    ],
    [
      `${SCENARIO}thresholds:\n  failed: rate < quick\n`,
      [
        expect.stringMatching(
          /^a\.yaml:5: thresholds\.failed: expected a share such as 0\.1% or 0\.001, found "quick"\n {4}hint: /,
        ),
      ],
    ],
    [
      `${SCENARIO}thresholds:\n  response_time{transaction:order_pag}: max < 1s\n`,
      [
        'a.yaml:5: thresholds.response_time{transaction:order_pag}: no transaction is called "order_pag"\n    hint: did you mean "order_page"? known here: order_page, place_order',
      ],
    ],
    [
      `${SCENARIO}validity: { samples: count }\n`,
      [
        expect.stringMatching(
          /^a\.yaml:4: validity\.samples: expected a condition such as p\(99\) < 1s, found "count"/,
        ),
      ],
    ],
    [`${SCENARIO}accept: { table-rewrite: '' }\n`, ['a.yaml:4: accept.table-rewrite: must not be empty']],
  ])('mistake %#', (text, reported) => {
    expect(issues(text)).toEqual(reported);
  });

  it('a threshold on each transaction by itself names none that could be missing', () => {
    expect(issues(`${SCENARIO}thresholds: { 'response_time{transaction:*}': max < 1s }\n`)).toEqual([]);
  });
});

describe('all mistakes come at once', () => {
  it('from every part and every file', () => {
    const text = `dataset: shopp.yaml
traffic: traffic.yaml
scale: none
migration: m.sql
thresholds: { faild: rate < 1% }
actors: { r: { kind: report, query: SELEC 1, duration: 5s } }
sped: 1
`;
    const files = {
      'm.sql': 'ALTER TABEL orders ADD COLUMN a int;',
      'traffic.yaml': TRAFFIC.replace(':order\n', ':ordr\n'),
    };
    expect(issues(text, files).map((issue) => issue.split(': ').slice(0, 2).join(': '))).toEqual([
      'a.yaml:3: scale',
      'a.yaml:7: sped',
      'traffic.yaml:6: transactions.order_page.query',
      'traffic.yaml:7: transactions.order_page.params.order',
      'm.sql:1: not SQL',
      'a.yaml:5: thresholds.faild',
      'a.yaml:6: actors.r.query',
      'a.yaml:1: dataset',
    ]);
  });

  it('those in the statements too where the head of the traffic file is wrong', () => {
    const traffic = TRAFFIC.replace('100/s', 'fast').replace('SELECT *', 'SELEC *');
    expect(issues(SCENARIO, { 'traffic.yaml': traffic })).toEqual([
      expect.stringContaining('traffic.yaml:2: rate: expected a rate'),
      expect.stringContaining('traffic.yaml:6: transactions.order_page.query: not SQL'),
    ]);
  });

  it('a scenario file that is no YAML does not hide its traffic', () => {
    expect(issues('a: b: c')).toEqual([expect.stringMatching(/^a\.yaml:1: not YAML/)]);
  });
});

describe('--set', () => {
  it('replaces values of the scenario and of the traffic file', () => {
    const overrides = [
      'scale=0.01',
      'phases.baseline=30s',
      'traffic.rate=7/s',
      'traffic.mix.place_order=9',
    ].map(set);
    const parsed = scenario(SCENARIO, {}, { overrides });
    expect(parsed).toMatchObject({ scale: 0.01, phases: { baseline: 30_000 } });
    expect(parsed.traffic.workloads).toMatchObject([
      { executor: { rates: [{ rate: 7 }] }, mix: [{ weight: 3 }, { weight: 9 }] },
    ]);
  });

  it('may exchange the whole traffic file', () => {
    const files = { 'other.yaml': TRAFFIC.replace('100/s', '5/s') };
    const outcome = parse(SCENARIO, files, {
      overrides: [set('traffic=other.yaml'), set('traffic.connections=9')],
    });
    const workloads = [{ executor: { rates: [{ rate: 5 }] }, connections: 9 }];
    expect(outcome).toMatchObject({ ok: true, value: { traffic: { workloads } } });
  });

  it('is named where its value is wrong', () => {
    expect(issues(SCENARIO, {}, { overrides: [set('traffic.rate=fast'), set('scale=-1')] })).toEqual([
      '--set scale=-1: scale: expected a number above 0, found -1',
      '--set traffic.rate=fast: rate: expected a rate such as 400/s or 30/m, found "fast"',
    ]);
  });
});

describe('${NAME}', () => {
  it('is replaced in the scenario and in its traffic file', () => {
    const files = { 'traffic.yaml': TRAFFIC.replace('100/s', '${RATE}') };
    const environment = { RATE: '9/s', SQL: 'SELECT 1' };
    const text = SCENARIO.replace('ALTER TABLE orders ADD COLUMN note text', "'${SQL}'");
    expect(scenario(text, files, { environment })).toMatchObject({
      traffic: { workloads: [{ executor: { rates: [{ rate: 9 }] } }] },
      migration: [{ units: [{ statements: [{ text: 'SELECT 1' }] }] }],
    });
  });

  it('may name the traffic file', () => {
    const environment = { TRAFFIC: 'traffic' };
    expect(issues(SCENARIO.replace('traffic.yaml', '${TRAFFIC}.yaml'), {}, { environment })).toEqual([]);
  });

  it('is reported in both where it is missing', () => {
    const files = { 'traffic.yaml': TRAFFIC.replace('place_order: 1 }', "place_order: 1, '${B}': 1 }") };
    expect(issues(`${SCENARIO}name: \${A}\n`, files)).toEqual([
      'a.yaml:4: the environment variable A is not set\n    hint: set it before the command: A=… rehearse …',
      'traffic.yaml:3: the environment variable B is not set\n    hint: set it before the command: B=… rehearse …',
    ]);
  });
});

const nothingBeside = () => undefined;

describe('a traffic file alone', () => {
  it('has no issues where it is right', () => {
    expect(parseTrafficFile({ file: 't.yaml', text: TRAFFIC }, nothingBeside)).toEqual([]);
  });

  it('is checked like one that a scenario names', () => {
    const text = TRAFFIC.replace('rate', 'rat').replace(':customer)', ':customr)');
    const found = parseTrafficFile({ file: 't.yaml', text }, nothingBeside);
    expect(found.map(({ path }) => path)).toEqual([
      'rat',
      'transactions.place_order.steps.1.query',
      'transactions.place_order.params.customer',
    ]);
  });
});

describe('dataset: existing', () => {
  const text = SCENARIO.replace('shop.yaml', 'existing');

  it('is no file', () => {
    expect(scenario(text).dataset).toEqual({ kind: 'existing' });
  });

  it('has no scale', () => {
    expect(issues(`${text}scale: 0.1\n`)).toEqual([
      'a.yaml:4: scale: has no meaning with dataset: existing\n    hint: the data is as it is',
    ]);
  });
});

it('the JSON schemas know the keys of the files', () => {
  expect(scenarioJsonSchema()).toMatchObject({ properties: { dataset: { type: 'string' }, migration: {} } });
  expect(trafficJsonSchema()).toMatchObject({
    properties: { rate: {}, stages: { type: 'array' }, workloads: { type: 'object' } },
    required: ['transactions'],
  });
});
