import type { Milliseconds } from '../../units.ts';
import type { SessionFacts } from '../facts.ts';
import type { HeardNotice } from '../hearing.ts';
import type { Release, ServerError } from '../step.ts';

/** One statement text as it went by; grows until its transaction has ended. */
export interface WitnessedStatement {
  readonly pid: number;
  readonly text: string;
  startedAt: Milliseconds;
  endedAt: Milliseconds;
  /** End of the transaction that it belonged to; undefined while that goes on. */
  release: Release | undefined;
  /** Of its connection, counted from 1; 0 while it goes on. */
  transaction: number;
  /** Command tag without its counts; of several the last. */
  tag: string;
  /** Inside a transaction block. */
  inBlock: boolean;
  readonly notices: HeardNotice[];
  error: ServerError | undefined;
  before: SessionFacts | undefined;
  after: SessionFacts | undefined;
}

/** A text of megabytes is known by its beginning. */
const LONGEST = 20_000;

export function newStatement(pid: number, text: string, startedAt: Milliseconds): WitnessedStatement {
  return {
    pid,
    text: text.trim().slice(0, LONGEST),
    startedAt,
    endedAt: startedAt,
    release: undefined,
    transaction: 0,
    tag: '',
    inBlock: false,
    notices: [],
    error: undefined,
    before: undefined,
    after: undefined,
  };
}
