import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { Failure } from '#rooms/errors.js';
import { requireAllowedName } from '#rooms/run/guard.js';

const refusalOf = (database: string): Failure => {
  const connection = { host: 'db', port: 5_432, database, user: 'me', password: '' };
  try {
    requireAllowedName({ connection, sslMode: 'disable' }, { databases: ['rehearsal'], file: 'a.yaml' });
  } catch (error) {
    if (error instanceof Failure) return error;
  }
  throw new Error('not refused');
};

describe('a database whose name the scenario does not allow', () => {
  it.each(['shop', "it's", 'a*b', '#1', 'a: b', '"quoted"', 'no'])(
    'is refused with a line to copy that allows it: %s',
    (name) => {
      const [, line = ''] = /(databases: \[.*\]); and mark it/.exec(refusalOf(name).hint ?? '') ?? [];
      expect(parse(line)).toEqual({ databases: [name] });
    },
  );
});
