import { Failure } from '../errors.ts';
import {
  atOneAddress,
  displayAddress,
  inhabitants,
  knowsItsServer,
  markedComment,
  markState,
  parseConnectionString,
  reachDatabase,
  readMark,
  requireOrdinary,
  unmarkedComment,
  withShieldedSession,
  writeComment,
  type ConnectionSettings,
  type Inhabitants,
} from '../target/index.ts';
import { bytes, formatCount, formatSize } from '../units.ts';

import type { MarkArguments } from './mark-command.ts';
import { toStderr, toStdout } from './output.ts';
import { ask } from './question.ts';

/** Throws `Failure('usage')` unless the database's name is typed out. */
export async function markDatabase({ url, confirm, remove }: MarkArguments): Promise<void> {
  const foreign = parseConnectionString(url, process.env, 'rehearse mark');
  const connection = await reachDatabase(await atOneAddress(foreign));
  const address = displayAddress(connection);
  if (remove) {
    const wasMarked = await withShieldedSession(connection, async (session) => {
      const mark = await readMark(session);
      if (markState(mark) === 'none') return false;
      await writeComment(session, unmarkedComment(mark.comment));
      return true;
    });
    toStdout(wasMarked ? `${address} bears the mark no more\n` : `${address} bears no mark\n`);
    return;
  }
  requireOrdinary(connection, TO_MARK);
  // Nobody sits in it while a person reads.
  const found = await withShieldedSession(connection, inhabitants);
  const typed = confirm ?? (await asked(connection, found));
  if (typed !== connection.database) {
    throw new Failure('usage', {
      message: `expected the name ${JSON.stringify(connection.database)}, found ${JSON.stringify(typed)}: nothing was marked`,
      where: address,
    });
  }
  const mark = await withShieldedSession(connection, async (session) => {
    const read = await readMark(session);
    await writeComment(session, markedComment(read));
    return read;
  });
  toStdout(`${address} is marked: scenarios that allow its name may be rehearsed there
  the mark is a line of the database's comment, and ${knowsItsServer(mark) ? 'holds for this database on this server only' : WITHOUT_SERVER}
  rehearse mark … --remove takes it off\n`);
}

const TO_MARK = { what: 'to mark', hint: 'name another one: CREATE DATABASE makes one for rehearsals' };

const WITHOUT_SERVER =
  'does not know its server, for this role may not call pg_control_system(): it holds on a copy of the server as well, and for roles that may not either';

async function asked(connection: ConnectionSettings, found: Inhabitants): Promise<string> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new Failure('usage', {
      message: 'marking a database wants its name typed out, and there is no terminal to ask at',
      where: displayAddress(connection),
      hint: `where rehearsals may change it for good: --confirm ${connection.database}`,
    });
  }
  toStderr(`${question(connection, found)}\n`);
  const terminal = { input: process.stdin, output: process.stderr };
  return await ask('Its name, to mark it: ', 'nothing was marked', terminal);
}

function question(connection: ConnectionSettings, found: Inhabitants): string {
  const { tables, size, sessions, receivers } = found;
  return [
    `${displayAddress(connection)} holds ${formatCount(tables)} tables (${formatSize(bytes(size))})`,
    ...(sessions === undefined
      ? ['who is in it can not be seen: pg_stat_activity may not be read']
      : sessions > 0
        ? [`${formatCount(sessions)} sessions of others are in it`]
        : []),
    ...(receivers === undefined
      ? ['whether its server has standbys can not be seen: pg_stat_replication may not be read']
      : receivers > 0
        ? [`its server has ${formatCount(receivers)} standbys or other receivers of its changes`]
        : []),
    'Once it is marked, rehearsals may put their traffic and migrations on its server, and change it for good.',
  ].join('\n');
}
