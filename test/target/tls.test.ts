import { describe, expect, it } from 'vitest';

import { tlsOptions } from '#rooms/target/tls.js';

describe('what is checked of a certificate', () => {
  // NODE_TLS_REJECT_UNAUTHORIZED=0 would decide otherwise.
  it.each(['authority', 'identity'] as const)(
    '%s: is said outright, whatever the environment says',
    (verify) => {
      expect(tlsOptions('db.test', { verify }).rejectUnauthorized).toBe(true);
    },
  );

  it('for the name, also where it is reached at an address; an address has none', () => {
    expect(tlsOptions('db.test', { verify: 'identity' }).servername).toBe('db.test');
    expect(tlsOptions('10.0.0.7', { verify: 'identity' })).not.toHaveProperty('servername');
  });

  it('nothing', () => {
    expect(tlsOptions('db.test', { verify: 'nothing' }).rejectUnauthorized).toBe(false);
  });
});
