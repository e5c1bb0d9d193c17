import { afterAll, beforeAll } from 'vitest';

import { withSession, type ConnectionSettings, type Row } from '#rooms/target/index.js';

import { homeAt, newInstance, removeDirectory, temporaryDirectory, TEST_SETTINGS } from './server.js';

export interface SharedServer {
  /** As superuser; once the tests have begun. */
  readonly connection: () => ConnectionSettings;
  /** On a session of its own, in the database `postgres` or the named one. */
  readonly run: (sql: string, database?: string) => Promise<readonly Row[]>;
  /** As `--target` names it; without the password. */
  readonly target: (database: string, user: string) => string;
}

/** One server for all tests of a file, with this schema in it; `pgBin`: another one than the embedded. */
export function sharedServer(
  schema: string,
  settings: Readonly<Record<string, string>> = {},
  pgBin?: string,
): SharedServer {
  let connection: ConnectionSettings;
  let close: () => Promise<void>;
  const run = async (sql: string, database = connection.database) =>
    (await withSession({ ...connection, database }, 'audit', (session) => session.query(sql))).rows;
  const target = (database: string, user: string) =>
    `postgres://${user}@${connection.host}:${connection.port}/${database}`;

  beforeAll(async () => {
    const directory = temporaryDirectory();
    const instance = await newInstance(await homeAt(directory), pgBin);
    close = async () => {
      await instance.close();
      removeDirectory(directory);
    };
    await instance.initialize();
    connection = (await instance.start({ ...TEST_SETTINGS, ...settings })).connection;
    await run(schema);
  });

  afterAll(() => close());

  return { connection: () => connection, run, target };
}
