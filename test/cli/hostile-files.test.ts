import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { loadPlan, readReference } from '#rooms/cli/files.js';
import { readText } from '#rooms/cli/read-file.js';
import { Failure } from '#rooms/errors.js';
import { bytes } from '#rooms/units.js';

/* Files from a stranger: whatever is in them, a sentence and exit code 2. */

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'rehearse-hostile-'));
  execFileSync('mkfifo', [join(folder, 'pipe.yaml')]);
  symlinkSync('/dev/zero', join(folder, 'endless.yaml'));
  writeFileSync(join(folder, 'large.yaml'), '');
  truncateSync(join(folder, 'large.yaml'), 1024 ** 4);
});

afterAll(() => rmSync(folder, { recursive: true }));

const file = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

function refusal(path: string): Failure {
  try {
    loadPlan(path, []);
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('what is no file that can be read to its end', () => {
  it.each([
    ['a pipe without a writer', 'pipe.yaml', 'expected a regular file'],
    ['a device without an end', 'endless.yaml', 'expected a regular file'],
    ['a folder', '.', 'expected a regular file'],
    ['a terabyte', 'large.yaml', 'expected at most 16 MB'],
  ])('%s is refused at once', (_, name, message) => {
    expect(refusal(join(folder, name))).toMatchObject({
      code: 'file.unreadable',
      message: expect.stringContaining(message) as unknown,
    });
  });

  it.each(['pipe.yaml', 'endless.yaml'])('%s named in a scenario is no file', (name) => {
    expect(readReference(`./${name}`, join(folder, 'scenario.yaml'))).toBeUndefined();
  });

  it('counts what is read, not what the directory says: /proc says 0', () => {
    expect(() => readText('/proc/self/smaps', bytes(1_000))).toThrow('expected at most');
    expect(readText('/proc/self/comm', bytes(1_000))).toMatch(/\n$/);
  });
});

describe('what is no scenario', () => {
  const LEVELS = Array.from({ length: 30 }, (_, n) =>
    n === 0
      ? 'a0: &a0 [x, x, x, x, x, x, x, x, x]'
      : `a${n}: &a${n} [${Array(9)
          .fill(`*a${n - 1}`)
          .join(', ')}]`,
  );

  it.each([
    ['a bomb of aliases', LEVELS.join('\n'), /alias/],
    ['a deep pit', '['.repeat(20_000), /not YAML|nested/],
    ['a deep mapping', `{"a":`.repeat(20_000), /not YAML|nested/],
    [
      'a key that is no key',
      '__proto__: { polluted: yes }\nconstructor: { prototype: { polluted: yes } }',
      /__proto__/,
    ],
    ['a tag', 'dataset: !!js/function "function () { process.exit(0) }"', /./],
  ])('%s is refused with exit code 2', (_, content, message) => {
    const failure = refusal(file('bad.yaml', content));
    expect([failure.exitCode, failure.message]).toEqual([2, expect.stringMatching(message)]);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'the name %s is a name like others',
    (name) => {
      const query = { query: `SELECT :${name}`, params: { [name]: 'accounts.id' } };
      const traffic = (more: unknown) => ({
        rate: '1/s',
        mix: { [name]: 1 },
        transactions: { [name]: more },
      });
      const migration = { sql: 'SELECT 1' };
      const scenarios = [
        { traffic: traffic(query), migration },
        { traffic: traffic({ query: `SELECT :${name}` }), migration },
        { traffic: traffic({ ...query, params: { [name]: `accounts.id ${name} 1` } }), migration },
        { traffic: traffic({ ...query, params: { [name]: `${name}(1, 2)` } }), migration },
        {
          traffic: traffic({ ...query, params: { [name]: `${name}.${name}` } }),
          migration,
          accept: { [name]: 'x' },
        },
        { traffic: traffic(query), migration, thresholds: { [name]: 'max < 1s' } },
        {
          traffic: traffic(query),
          migration,
          thresholds: { failed: `${name} < 1` },
          settings: { [name]: '1' },
        },
        {
          traffic: traffic(query),
          migration: { sql: 'SELECT 1', [name]: 1 },
          actors: { [name]: { kind: name } },
        },
        { traffic: traffic(query), migration, phases: { [name]: '1s' }, [name]: 1 },
      ];
      for (const scenario of scenarios)
        refusedOrNot(file('named.json', JSON.stringify({ dataset: 'existing', ...scenario })));
      expect(Reflect.get({}, 'polluted')).toBeUndefined();
    },
  );
});

function refusedOrNot(path: string): void {
  try {
    loadPlan(path, []);
  } catch (error) {
    expect(error).toBeInstanceOf(Failure);
  }
}
