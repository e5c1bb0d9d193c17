import { describe, expect, it } from 'vitest';

import { parseConnectionString } from '#rooms/target/connection-string.js';

const NOTHING = {};
const VERIFY_NOTHING = { verify: 'nothing' };

describe('a connection string', () => {
  it.each([
    [
      'postgres://me:s%20e%40c@db.test:6543/my%20shop?sslmode=disable',
      { host: 'db.test', port: 6_543, database: 'my shop', user: 'me', password: 's e@c' },
    ],
    [
      'postgresql://me@[::1]/shop?sslmode=require',
      { host: '::1', port: 5_432, database: 'shop', user: 'me', password: '', tls: VERIFY_NOTHING },
    ],
    [
      String.raw`host=db.test dbname='my shop' user=me password='it\'s' sslmode=disable`,
      { host: 'db.test', port: 5_432, database: 'my shop', user: 'me', password: "it's" },
    ],
    [
      'postgres://me@db.test/shop?sslmode=verify-full',
      {
        host: 'db.test',
        port: 5_432,
        database: 'shop',
        user: 'me',
        password: '',
        tls: { verify: 'identity' },
      },
    ],
    [
      'host=/var/run/postgresql user=me dbname=shop',
      { host: '/var/run/postgresql', port: 5_432, database: 'shop', user: 'me', password: '' },
    ],
  ])('%s', (text, connection) => {
    expect(parseConnectionString(text, NOTHING).connection).toEqual(connection);
  });

  it('may be a name alone; what it leaves out comes from the variables of libpq', () => {
    const environment = {
      PGHOST: 'db.test',
      PGPORT: '1234',
      PGUSER: 'me',
      PGPASSWORD: 'secret',
      PGSSLMODE: 'disable',
    };
    expect(parseConnectionString('shop', environment).connection).toEqual({
      host: 'db.test',
      port: 1_234,
      database: 'shop',
      user: 'me',
      password: 'secret',
    });
    expect(parseConnectionString('host=other', environment).connection).toMatchObject({
      host: 'other',
      database: 'me',
    });
  });

  it('without a word on TLS prefers it', () => {
    expect(parseConnectionString('postgres://me@db.test/shop', NOTHING)).toMatchObject({
      sslMode: 'prefer',
      connection: { tls: VERIFY_NOTHING },
    });
  });

  it.each([
    'postgres://me:secret@db.test:port/shop',
    'postgres://me:secret@db.test:0/shop',
    'mysql://me:secret@db.test/shop',
    'postgres://me:secret@db.test/shop?sslmode=perhaps',
    'postgres://me:secret@db.test/shop?target_session=x',
    "host=db.test password='secret",
    'postgres://me:se%cret@db.test/shop',
  ])('is refused without being repeated: %s', (text) => {
    let thrown: unknown;
    try {
      parseConnectionString(text, NOTHING);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'usage' });
    expect(JSON.stringify(thrown) + String(thrown)).not.toContain('secret');
  });
});
