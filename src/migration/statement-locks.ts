import type { StatementLock } from '../result/index.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

import { nameIn, ownDifference, type Ran } from './ran.ts';
import type { StatementRun } from './step.ts';
import type { ReportedCommand, ReportedLock } from './witness/reports.ts';

export interface Held {
  readonly locks: readonly StatementLock[];
  readonly lockSource: StatementRun['lockSource'];
}

/** Locks on tables: by the session's own list where its transaction went on, else as its commands were told of. */
export function locksOf(
  ran: Ran,
  commands: readonly ReportedCommand[],
  times: { readonly waiting: Milliseconds; readonly releasedAt: Milliseconds },
): Held {
  // What a statement that failed had locked is gone from its session.
  if (ran.error !== undefined) return { locks: [], lockSource: 'unseen' };
  const isOneCommand = commands.length < 2;
  const told = toldLocks(ran, commands, times.releasedAt);
  if (!ran.inBlock || ran.after === undefined)
    return { locks: told, lockSource: told.length > 0 ? 'event-triggers' : 'unseen' };
  const waitOver = milliseconds(ran.startedAt + times.waiting);
  const locks = ownDifference(ran).locks.map(({ relation, mode }) => {
    const known = told.find((lock) => lock.relation === relation && lock.mode === mode);
    if (known !== undefined && !isOneCommand) return known;
    return lock({ relation, mode }, { waited: times.waiting, from: waitOver, to: times.releasedAt });
  });
  return { locks, lockSource: isOneCommand ? 'own-session' : 'event-triggers' };
}

function toldLocks(
  ran: Ran,
  commands: readonly ReportedCommand[],
  releasedAt: Milliseconds,
): readonly StatementLock[] {
  const named = nameIn(ran);
  return commands.flatMap((command) =>
    command.locks.flatMap(({ oid, mode, goneAt }) => {
      const relation = named(oid);
      if (relation === undefined) return [];
      const waited = command.waiting;
      const from = milliseconds(Math.min(command.startedAt + waited, command.endedAt));
      return [lock({ relation, mode }, { waited, from, to: goneAt ?? releasedAt })];
    }),
  );
}

function lock(
  which: { readonly relation: string; readonly mode: ReportedLock['mode'] },
  when: { readonly waited: Milliseconds; readonly from: Milliseconds; readonly to: Milliseconds },
): StatementLock {
  const { waited, from, to } = when;
  return {
    ...which,
    waited,
    held: milliseconds(Math.max(0, to - from)),
    grantedAt: from,
    source: 'exact',
  };
}
