import { describe, expect, it } from 'vitest';

import { issues, scenario, SCENARIO } from './sources.ts';

const container = (text: string) => scenario(`${SCENARIO}container: ${text}\n`).container;

describe('the container of a scenario', () => {
  it('has the limits that it states, and no others', () => {
    expect(container('{ cpus: 0.5, memory: 4GB, shared_memory: 256MB, start_timeout: 5m }')).toEqual({
      cpus: 0.5,
      memory: 4 * 1024 ** 3,
      sharedMemory: 256 * 1024 ** 2,
      environment: {},
      startTimeout: 300_000,
    });
    expect(scenario(SCENARIO).container).toEqual({
      cpus: undefined,
      memory: undefined,
      sharedMemory: 1024 ** 3,
      environment: {},
      startTimeout: 120_000,
    });
  });

  it('hands variables to the image as text', () => {
    expect(
      container('{ environment: { POSTGRES_INITDB_ARGS: --data-checksums, TUNE: 1 } }').environment,
    ).toEqual({
      POSTGRES_INITDB_ARGS: '--data-checksums',
      TUNE: '1',
    });
  });

  it.each(['POSTGRES_PASSWORD', 'POSTGRES_DB', 'PGDATA'])('does not let %s be set', (name) => {
    expect(issues(`${SCENARIO}container:\n  environment: { ${name}: x }\n`)).toEqual([
      expect.stringContaining(`container.environment.${name}: belongs to the harness`),
    ]);
  });

  it('takes no processors for none', () => {
    expect(issues(`${SCENARIO}container: { cpus: 0 }\n`)).toHaveLength(1);
  });
});
