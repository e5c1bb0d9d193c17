import { milliseconds, type Milliseconds } from '../../units.ts';

import type { TransactionStatus } from './protocol.ts';
import type { WitnessedStatement } from './statement.ts';
import { isControl, kindOfText } from './text-kind.ts';

/** Each inquiry costs its session 1–2 ms: a thousand small INSERTs are not worth that, the first hundreds and every long one are. */
const FREE = 200;
const LONG = milliseconds(20);
/** What was known this long ago still tells a statement outside of a transaction from what was before it. */
const FRESH = milliseconds(250);

export interface Known {
  /** When its session was last asked in this transaction, or outside of one. */
  readonly askedAt: Milliseconds | undefined;
  readonly inquiries: number;
}

/** Whether the session is asked before it gets the text: never ahead of what must come before a transaction's first snapshot (SET TRANSACTION, LOCK). */
export function asksBefore(
  text: string,
  status: TransactionStatus,
  known: Known,
  now: Milliseconds,
): boolean {
  const kind = kindOfText(text);
  switch (status) {
    case 'failed':
      return false;
    case 'open':
      return known.askedAt === undefined && (kind.first === 'query' || kind.first === 'other');
    case 'idle':
      return !isControl(kind) && (known.askedAt === undefined || now - known.askedAt > FRESH);
  }
}

/** Whether it is asked what the statement, the last of those answered, has done. */
export function asksAfter(
  statement: WitnessedStatement,
  status: TransactionStatus,
  { inquiries }: Known,
): boolean {
  const kind = kindOfText(statement.text);
  const isLong = statement.endedAt - statement.startedAt >= LONG;
  const isRows = kind.first === 'query' && !kind.several;
  switch (status) {
    case 'failed':
      return false;
    case 'open':
      // Back to a savepoint: locks are gone.
      if (isControl(kind)) return statement.tag === 'ROLLBACK';
      return !isRows || isLong || inquiries < FREE;
    case 'idle':
      if (statement.error !== undefined || isControl(kind)) return false;
      return !isRows || isLong;
  }
}
