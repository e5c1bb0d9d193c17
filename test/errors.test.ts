import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { asFailure, EXIT_CODES, Failure, formatIssue, invalidFiles, redact } from '#rooms/errors.js';

describe('a failure', () => {
  it.each([
    ['usage', 2],
    ['file.unreadable', 2],
    ['file.invalid', 2],
    ['dataset.impossible', 2],
    ['traffic.refused', 2],
    ['target.unavailable', 3],
    ['target.lost', 3],
    ['seed.failed', 3],
    ['report.unwritable', 3],
    ['migration.failed', 4],
    ['interrupted', 130],
    ['bug', 1],
  ] as const)('%s leads to exit code %i', (code, exitCode) => {
    expect(new Failure(code, { message: 'm' }).exitCode).toBe(exitCode);
  });

  it('leaves the verdicts their own exit codes', () => {
    expect(EXIT_CODES).toMatchObject({ pass: 0, invalid: 96, thresholds: 99 });
  });

  it('stays itself when it is caught again', () => {
    const failure = new Failure('usage', { message: 'no such option', where: '--sed', hint: '--seed?' });
    expect(asFailure(failure)).toBe(failure);
    expect(failure).toMatchObject({ where: '--sed', hint: '--seed?' });
  });

  it('keeps its cause', () => {
    const cause = new Error('ECONNREFUSED');
    expect(new Failure('target.lost', { message: 'm', cause }).cause).toBe(cause);
  });
});

it.each([new TypeError('x is undefined'), 'x is undefined'])(
  'anything else that is thrown is a bug',
  (thrown) => {
    const failure = asFailure(thrown);
    expect(failure).toMatchObject({ code: 'bug', message: 'x is undefined', exitCode: 1, cause: thrown });
    expect(failure.hint).toMatch(/defect/);
  },
);

describe('an issue is written as', () => {
  it('file, line, path, message and hint', () => {
    const issue = {
      file: 'a.yaml',
      line: 3,
      path: 'traffic.rate',
      message: 'expected a rate',
      hint: '400/s',
    };
    expect(formatIssue(issue)).toBe('a.yaml:3: traffic.rate: expected a rate\n    hint: 400/s');
  });

  it('no more than is known', () => {
    expect(formatIssue({ file: '--set scale=x', path: '', message: 'expected a number' })).toBe(
      '--set scale=x: expected a number',
    );
  });
});

it('issues of several files make one failure', () => {
  const failure = invalidFiles([
    { file: 'a.yaml', line: 1, path: '', message: 'one' },
    { file: 'b.yaml', line: 2, path: '', message: 'two' },
  ]);
  expect(failure).toMatchObject({
    code: 'file.invalid',
    message: 'a.yaml:1: one\nb.yaml:2: two',
    exitCode: 2,
  });
});

describe('redacting', () => {
  it.each([
    ['postgres://app:hunter2@db:5432/shop', 'postgres://app:***@db:5432/shop'],
    ['postgresql://app:p@ss/w:rd@db/shop', 'postgresql://app:***@db/shop'],
    ['cannot reach postgres://a:b@c/d now', 'cannot reach postgres://a:***@c/d now'],
    ['host=db password=hunter2 user=app', 'host=db password=*** user=app'],
    ["host=db password = 'hun ter\\'2' user=app", 'host=db password = *** user=app'],
    ['postgres://db/shop?user=a&password=hunter2&x=1', 'postgres://db/shop?user=a&password=***&x=1'],
    ['PGPASSWORD=hunter2 psql -f a.sql', 'PGPASSWORD=*** psql -f a.sql'],
    ['sslpassword=hunter2', 'sslpassword=***'],
    ['host=db password=ab&hunter2 user=app', 'host=db password=*** user=app'],
    [String.raw`password=ab\ hunter2 user=app`, 'password=*** user=app'],
    ['postgres://db/shop?pass%77ord=hunter2&x=1', 'postgres://db/shop?pass%77ord=***&x=1'],
    ['cannot reach postgres://app:hun ter2@db/shop', 'cannot reach postgres://app:***@db/shop'],
    ['found "me:s3kret@127.0.0.1:5432/a_db"', 'found "me:***@127.0.0.1:5432/a_db"'],
    ['me:p@ss/w:rd@db/shop', 'me:***@db/shop'],
  ])('%s', (text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  it.each([
    'postgres://db:5432/shop, user@host: the password is asked for',
    `a.sql:3: data::jsonb @> '{}', at file:///a/node_modules/@b/c.js:1:2, container:postgres:16@sha256:0a`,
  ])('leaves texts without a secret alone: %s', (text) => {
    expect(redact(text)).toBe(text);
  });

  it('no password of a connection string is left, whatever stands around it', () => {
    const secret = fc.stringMatching(/^[\w!$%^*+./:-]{8,20}$/).map((text) => `S3cret${text}`);
    fc.assert(
      fc.property(secret, fc.lorem(), (password, around) => {
        expect(redact(`${around} postgres://u:${password}@h/d ${around}`)).not.toContain(password);
      }),
    );
  });
});
