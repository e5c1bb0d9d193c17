import { describe, expect, it } from 'vitest';

import { tlsOptions } from '#rooms/target/tls.js';

describe('what is checked of a certificate', () => {
  // NODE_TLS_REJECT_UNAUTHORIZED=0 would decide otherwise.
  it.each(['authority', 'identity'] as const)(
    '%s: is said outright, whatever the environment says',
    (verify) => {
      expect(tlsOptions({ verify }).rejectUnauthorized).toBe(true);
    },
  );

  it('nothing', () => {
    expect(tlsOptions({ verify: 'nothing' }).rejectUnauthorized).toBe(false);
  });
});
