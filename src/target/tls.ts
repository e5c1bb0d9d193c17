import type { ConnectionOptions } from 'node:tls';

import type { Tls } from './connection.ts';

/** What Node.js shall check of the server's certificate. */
export function tlsOptions(tls: Tls): ConnectionOptions {
  const certificates = {
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
