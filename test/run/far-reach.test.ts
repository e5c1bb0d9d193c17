import { expect, it } from 'vitest';

import { Failure } from '#rooms/errors.js';
import type { MigrationStep } from '#rooms/plan/index.js';
import { requireWithinDatabase } from '#rooms/run/far-reach.js';
import { milliseconds } from '#rooms/units.js';

const POLICY = {
  retries: 0,
  backoff: milliseconds(1_000),
  maxBackoff: milliseconds(1_000),
  name: 'one',
  lockTimeout: undefined,
  statementTimeout: undefined,
  location: { file: 'my.yaml', line: 12, path: 'migration.0' },
};
const sql = (text: string, file?: string): MigrationStep => ({
  ...POLICY,
  kind: 'sql',
  ...(file === undefined ? {} : { file }),
  units: [{ begin: 'BEGIN', statements: [{ text, line: 3, transactional: true }] }],
});
const plan = (...migration: readonly MigrationStep[]) => ({
  dataset: { kind: 'existing' } as const,
  scenario: { migration },
});
const ROLES = plan(sql('CREATE ROLE app_ro'), sql('ALTER SYSTEM RESET ALL', 'm.sql'));

it('a migration that changes the whole server is refused, with where it does so', () => {
  let refusal: unknown;
  try {
    requireWithinDatabase(ROLES, ['standby', 'traffic']);
  } catch (error) {
    refusal = error;
  }
  expect(refusal).toBeInstanceOf(Failure);
  expect(refusal).toMatchObject({
    code: 'usage',
    where: 'my.yaml:12',
    message: expect.stringContaining('CREATE ROLE (my.yaml:12), ALTER SYSTEM (m.sql:3)') as unknown,
    hint: expect.stringContaining('--tolerate cluster') as unknown,
  });
});

it('or told of, where somebody tolerates it', () => {
  expect(requireWithinDatabase(ROLES, ['cluster'])).toEqual([
    expect.stringMatching(/--tolerate cluster\): CREATE ROLE \(my.yaml:12\), ALTER SYSTEM/),
  ]);
});

it('of a command nothing is known', () => {
  const command = { ...POLICY, kind: 'command', command: 'psql -c "CREATE ROLE a"', connects: true } as const;
  expect(requireWithinDatabase(plan(command, sql('ALTER TABLE t ADD a int')), [])).toEqual([]);
});
