import { afterAll, beforeAll } from 'vitest';

import { withSession, type ConnectionSettings, type Row } from '#rooms/target/index.js';

import { homeAt, newInstance, removeDirectory, temporaryDirectory, TEST_SETTINGS } from './server.js';

export interface SharedServer {
  /** As superuser; once the tests have begun. */
  readonly connection: () => ConnectionSettings;
  /** On a session of its own. */
  readonly run: (sql: string) => Promise<readonly Row[]>;
}

/** One server for all tests of a file, with this schema in it; `pgBin`: another one than the embedded. */
export function sharedServer(
  schema: string,
  settings: Readonly<Record<string, string>> = {},
  pgBin?: string,
): SharedServer {
  let connection: ConnectionSettings;
  let close: () => Promise<void>;
  const run = async (sql: string) =>
    (await withSession(connection, 'audit', (session) => session.query(sql))).rows;

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

  return { connection: () => connection, run };
}
