import { classifyError } from '../postgres/index.ts';
import type { DdlCommand, Rewrite } from '../result/index.ts';
import { bytes, milliseconds, type Milliseconds } from '../units.ts';

import { tableWork, type TableSize } from './facts.ts';
import { spokenNotices, waitedIn } from './notices.ts';
import { commandsOf, nameIn, type Ran } from './ran.ts';
import { locksOf } from './statement-locks.ts';
import { workOf } from './statement-work.ts';
import type { Release, StatementRun } from './step.ts';
import { isReport, type ReportedCommand } from './witness/reports.ts';

/** Everything that is known of a statement, once it is known until when its locks were held. */
export function statementRun(
  ran: Ran,
  release: Release,
  sizes: ReadonlyMap<string, TableSize>,
): StatementRun {
  const { pid, transaction, text, startedAt, endedAt, error } = ran;
  const commands = commandsOf(ran);
  const duration = milliseconds(endedAt - startedAt);
  const waiting = milliseconds(Math.min(duration, waitedIn(ran.notices) + unansweredWait(ran, commands)));
  const { rewritten, scanned, walBytes } = workOf(ran, commands);
  const work = tableWork(sizes);
  return {
    pid,
    release,
    transaction,
    text,
    startedAt,
    duration,
    waiting,
    working: milliseconds(duration - waiting),
    ...locksOf(ran, commands, { waiting, releasedAt: release.answered }),
    rewritten: [...rewritten].map(([relation, reasons]): Rewrite => ({
      ...work(relation),
      ...(reasons.length === 0 ? {} : { reasons }),
    })),
    scanned: scanned.map(work),
    walBytes: bytes(walBytes),
    notices: spokenNotices(ran.notices.filter((notice) => !isReport(notice))),
    ...(commands.length === 0 ? {} : { commands: commands.map((command) => ddlCommand(command, ran)) }),
    ...(error === undefined ? {} : { error: errorOf(error) }),
  };
}

function errorOf({ sqlState, message }: NonNullable<Ran['error']>): NonNullable<StatementRun['error']> {
  return sqlState === undefined ? { message } : { sqlState, message };
}

/** A lock_timeout ends the wait without a message: the statement, or the command in it, did nothing but wait. */
function unansweredWait(
  { startedAt, endedAt, error }: Ran,
  commands: readonly ReportedCommand[],
): Milliseconds {
  if (error === undefined || classifyError(error.sqlState, error.message) !== 'lock_timeout')
    return milliseconds(0);
  const stuck = commands.findLast(({ completed }) => !completed);
  return milliseconds(endedAt - (stuck?.startedAt ?? startedAt));
}

function ddlCommand(command: ReportedCommand, ran: Ran): DdlCommand {
  const named = nameIn(ran);
  const { tag, object, text, startedAt, endedAt, waiting, completed } = command;
  return {
    tag,
    object,
    ...(text === undefined ? {} : { text }),
    startedAt,
    duration: milliseconds(endedAt - startedAt),
    waiting,
    locks: command.locks.flatMap(({ oid, mode }) => {
      const relation = named(oid);
      return relation === undefined ? [] : [{ relation, mode }];
    }),
    rewritten: command.rewritten.flatMap(({ oid }) => named(oid) ?? []),
    scanned: command.scanned.flatMap((oid) => named(oid) ?? []),
    completed,
  };
}
