import { readFileSync } from 'node:fs';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { withoutSecrets } from '#rooms/cli/process-title.js';

describe('what the list of processes shows of an argument', () => {
  it.each([
    ['postgres://me:hunter2@db:5432/shop', 'postgres://***@db:5432/shop'],
    ['--target=postgres://me:hun ter2@db/shop?sslmode=require', '--target=postgres://***@db/shop'],
    ['postgres://db/shop?pass%77ord=hunter2', 'postgres://***@db/shop'],
    [String.raw`host=db password=ab\ hunter2`, '***'],
    ["--database=host=db password = 'hunter2'", '--database=***'],
    ['PGPASSWORD=hunter2', '***'],
  ])('%s', (word, shown) => {
    expect(withoutSecrets(word)).toBe(shown);
  });

  it.each([
    'run',
    '--quiet',
    'scenarios/a.yaml',
    '--target=postgres://me@db:5432/shop',
    'host=db dbname=shop',
  ])('%s: all of it', (word) => {
    expect(withoutSecrets(word)).toBe(word);
  });

  it('never the password, whatever it is and however it was given', () => {
    const password = fc.stringMatching(/^[\w &?#@:/\\'%=.]{0,12}$/).map((text) => `S3cret${text}S3cret`);
    fc.assert(
      fc.property(password, (secret) => {
        for (const word of [
          `postgres://me:${secret}@db/shop`,
          `--target=postgres://me:${secret}@db/shop`,
          `postgres://db/shop?password=${secret}`,
          `host=db password=${secret}`,
        ])
          expect(withoutSecrets(word)).not.toContain('S3cret');
      }),
    );
  });
});

it('hides them from `npm run rehearse` as well, for no shell stays between npm and the command', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  expect(scripts['rehearse']).toMatch(/^exec node /);
});
