import type { Deadlock, DeadlockParticipant } from '../result/index.ts';
import { formatDuration } from '../units.ts';

import { sessionName, statementText } from './session-name.ts';
import { andList } from './work-sentence.ts';

/** `after 1.2 s pay (UPDATE …) waited for RowExclusiveLock on payments, which the migration held (ALTER TABLE …), and that for …; the server cancelled pay`. */
export function deadlockStory({ at, participants }: Deadlock): string {
  const sides = participants.map((one) => {
    const holder = participants.find(({ session }) => session.pid === one.blockedBy);
    const whose = holder === undefined ? 'somebody' : participantName(holder);
    return `${participantName(one)}${atWork(one)} waited for ${wantedLock(one)}, held by ${whose}`;
  });
  const victims = participants.filter(({ cancelled }) => cancelled).map(participantName);
  return `${formatDuration(at)} into the run: ${sides.join('; ')}; the server cancelled ${andList(victims)}`;
}

export function participantName({ session, transactions = [] }: DeadlockParticipant): string {
  return session.kind === 'traffic' && transactions.length > 0
    ? transactions.join(' or ')
    : sessionName(session);
}

function atWork({ session }: DeadlockParticipant): string {
  const text = statementText(session.query);
  return text === '' ? '' : ` (${text})`;
}

/** Two writers of one row wait for each other's transaction (manual, 54.12). */
export function wantedLock({ lockType, relation, mode }: DeadlockParticipant): string {
  if (lockType === 'transactionid' || lockType === 'tuple')
    return `a row${relation === '' ? '' : ` of ${relation}`} (${mode})`;
  return `${mode} on ${relation === '' ? `a lock of type ${lockType}` : relation}`;
}
