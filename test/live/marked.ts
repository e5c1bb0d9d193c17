import {
  markedComment,
  readMark,
  withSession,
  writeComment,
  type ConnectionSettings,
} from '#rooms/target/index.js';

/** What `rehearse mark` does, once the name is typed out. */
export async function marked(connection: ConnectionSettings): Promise<void> {
  await withSession(connection, 'audit', async (session) => {
    await writeComment(session, markedComment(await readMark(session)));
  });
}
