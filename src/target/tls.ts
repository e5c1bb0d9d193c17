import type { ConnectionOptions } from 'node:tls';

import type { Tls } from './connection.ts';

/** What Node.js shall check of the server's certificate. */
export function tlsOptions(tls: Tls): ConnectionOptions {
  const authority = tls.authority === undefined ? {} : { ca: tls.authority };
  switch (tls.verify) {
    case 'nothing':
      return { rejectUnauthorized: false };
    case 'authority':
      return { ...authority, checkServerIdentity: () => undefined };
    case 'identity':
      return authority;
  }
}
