import { describe, expect, it } from 'vitest';

import type { PlannedTransaction } from '#rooms/plan/index.js';
import { parameterSamplers } from '#rooms/plan/index.js';
import { boundStatements } from '#rooms/traffic/index.js';

import { transaction, trafficPlan, workload } from '../plan/sample.ts';

const LOCATION = { file: 'traffic.yaml', path: '' };

type Step = PlannedTransaction['steps'][number];

const query = (text: string, names: readonly string[], capture: readonly string[] = []): Step => ({
  kind: 'query',
  text,
  names,
  pieces: [],
  order: [],
  preparable: true,
  capture: capture.map((name) => ({ name, column: name })),
  expect: undefined,
  location: LOCATION,
});

const NUMBER = {
  name: 'n',
  draw: { kind: 'int', low: 1, high: 9_999, distribution: { kind: 'uniform' }, spread: false },
} as const;
const SLOT = { name: 'slot', draw: { kind: 'sequence', first: 0 } } as const;

const bound = (...steps: readonly Step[]) => {
  const one = transaction('one', { parameters: [NUMBER, SLOT], steps });
  return { one, statements: boundStatements(trafficPlan({ workloads: [workload({ mix: [one] })] })) };
};

describe('statements with values', () => {
  it('have those that their first arrivals bind, in the order of the placeholders', () => {
    const { one, statements } = bound(query('SELECT $1, $2', ['slot', 'n']));
    const [number] = parameterSamplers(one, { name: 'main', index: 0, count: 1, connections: 4 }, 42);
    expect(statements).toEqual([
      {
        workload: 'main',
        transaction: 'one',
        text: 'SELECT $1, $2',
        width: 2,
        values: [0, 1, 2].map((slot) => [String(slot), number!(slot)]),
      },
    ]);
  });

  it('have none where a value is captured or computed first, wherever that stands', () => {
    const { statements } = bound(query('SELECT id FROM orders WHERE id = $1', ['n'], ['n']), {
      kind: 'branch',
      arms: [{ weight: 1, steps: [query('SELECT $1', ['slot'])] }],
    });
    expect(statements.map(({ text, values }) => [text, values?.length])).toEqual([
      ['SELECT id FROM orders WHERE id = $1', undefined],
      ['SELECT $1', 3],
    ]);
  });

  it('without parameters are planned once, and each text once', () => {
    const { statements } = bound(query('SELECT 1', []), query('SELECT 1', []));
    expect(statements.map(({ values }) => values)).toEqual([[[]]]);
  });

  it('that can not be prepared are left out', () => {
    const vacuum = { ...query('VACUUM', []), preparable: false } as Step;
    expect(bound(vacuum).statements).toEqual([]);
  });
});
