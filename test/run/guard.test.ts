import { parse } from 'yaml';
import { expect, it } from 'vitest';

import { Failure } from '#rooms/errors.js';
import { objectionTo, patternWarnings, requireAllowedName } from '#rooms/run/guard.js';
import { markedComment, parseConnectionString } from '#rooms/target/index.js';

const IDENTITY = { server: '7713119006516804495', timeline: '1', oid: '16390', name: 'shop_new' };

it('a database that was renamed is called by both names', () => {
  const comment = markedComment({ identity: IDENTITY, comment: '' });
  expect(objectionTo({ identity: IDENTITY, comment })).toBeUndefined();
  expect(objectionTo({ identity: { ...IDENTITY, name: 'shop' }, comment })).toEqual({
    message: expect.stringContaining('marked as "shop_new" and is called "shop" now') as unknown,
    hint: expect.stringContaining('mark it again') as unknown,
  });
});

it('a mark that can not be compared is not called that of another database', () => {
  const blind = { ...IDENTITY, server: 'unknown', timeline: 'unknown' };
  const comment = markedComment({ identity: IDENTITY, comment: '' });
  expect(objectionTo({ identity: blind, comment })).toEqual({
    message: expect.stringContaining('this role may not ask which server it is') as unknown,
    hint: expect.stringContaining('GRANT EXECUTE ON FUNCTION pg_catalog.pg_control_system()') as unknown,
  });
  const serverless = { identity: IDENTITY, comment: markedComment({ identity: blind, comment: '' }) };
  expect(objectionTo(serverless)?.message).toContain('does not know its server');
});

it('a pattern that allows every name is worth a warning', () => {
  expect(patternWarnings({ databases: ['shop', '*_staging'] })).toEqual([]);
  expect(patternWarnings({ databases: ['shop', '*'] })).toEqual([
    expect.stringContaining('"*" allows every name'),
  ]);
});

it.each(["it's", 'a*b', 'two: words # "quoted"'])(
  'the hint for a database called %s is good YAML',
  (name) => {
    const foreign = parseConnectionString(`postgres://me@here/${encodeURIComponent(name)}`, {});
    let hint: string | undefined;
    try {
      requireAllowedName(foreign, { file: 'my.yaml', databases: ['other'] });
    } catch (error) {
      hint = error instanceof Failure ? error.hint : undefined;
    }
    const [, list = ''] = /(databases: .*); and mark it/.exec(hint ?? '') ?? [];
    expect(parse(list)).toEqual({ databases: [name] });
  },
);
