/**
 * For sessions that look at a database on the harness's own behalf: what its owner or the role may have set for its sessions does not lead their SQL to somebody
 * else's functions and operators (manual, 5.10.6). Not for SQL of the user's, nor for definitions as the user's own sessions show them. Time-outs: see `UNTIMED`. 14–18.
 */
export const SHIELD = {
  search_path: 'pg_catalog, pg_temp',
  standard_conforming_strings: 'on',
  default_transaction_read_only: 'off',
} as const satisfies Readonly<Record<string, string>>;
