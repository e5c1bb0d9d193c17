import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';

import type { Tls } from './connection.ts';

/** What Node.js shall check of the certificate of `host`, whatever address it was reached at. */
export function tlsOptions(host: string, tls: Tls): ConnectionOptions {
  const certificates = {
    ...(isIP(host) === 0 ? { servername: host } : {}),
    ...(tls.authority === undefined ? {} : { ca: tls.authority }),
    ...clientCertificate(tls),
  };
  switch (tls.verify) {
    case 'nothing':
      return { ...certificates, rejectUnauthorized: false };
    // Said outright, for NODE_TLS_REJECT_UNAUTHORIZED=0 in the environment would switch it off.
    case 'authority':
      return { ...certificates, rejectUnauthorized: true, checkServerIdentity: () => undefined };
    case 'identity':
      return { ...certificates, rejectUnauthorized: true };
  }
}

function clientCertificate({ certificate: own }: Tls): ConnectionOptions {
  if (own === undefined) return {};
  const { certificate, key, password } = own;
  return { cert: certificate, key, ...(password === undefined ? {} : { passphrase: password }) };
}
