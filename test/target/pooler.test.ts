import { describe, expect, it } from 'vitest';

import { parseConnectionString, parsePooler } from '#rooms/target/index.js';

const target = (parameters = '') =>
  parseConnectionString(`postgres://me:secret@db.test/shop${parameters}`, {});

describe('a pooler', () => {
  it.each([
    ['127.0.0.1:6432', '127.0.0.1', 6_432],
    ['pool.test:1', 'pool.test', 1],
    ['postgres://[::1]:6432', '::1', 6_432],
    ['host=pool.test port=6432', 'pool.test', 6_432],
  ])('is a place: %s', (text, host, port) => {
    expect(parsePooler(text, target('?sslmode=disable'))).toEqual({
      sslMode: 'disable',
      connection: { host, port },
    });
  });

  it('has the TLS of the target, unless something else is said', () => {
    expect(parsePooler('pool.test:6432', target('?sslmode=verify-full'))).toEqual({
      sslMode: 'verify-full',
      connection: { host: 'pool.test', port: 6_432, tls: { verify: 'identity' } },
    });
    expect(parsePooler('postgres://pool.test:6432?sslmode=disable', target('?sslmode=verify-full'))).toEqual({
      sslMode: 'disable',
      connection: { host: 'pool.test', port: 6_432 },
    });
  });

  it.each(['postgres://pool.test:6432/other', 'postgres://you@pool.test:6432', 'host=pool.test password=x'])(
    'is nothing but a place: %s',
    (text) => {
      expect(() => parsePooler(text, target())).toThrow(/expects a host and a port only/);
    },
  );
});
