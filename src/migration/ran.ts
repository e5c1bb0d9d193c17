import type { Milliseconds } from '../units.ts';

import { difference, type FactsDifference, type SessionFacts } from './facts.ts';
import type { HeardNotice } from './hearing.ts';
import type { ServerError } from './step.ts';
import { understandReports, type ReportedCommand } from './witness/reports.ts';

/** A statement that ran, before it is known until when its locks were held. */
export interface Ran {
  readonly pid: number;
  /** Of its step: what has the same number was committed or rolled back together. */
  readonly transaction: number;
  readonly text: string;
  readonly startedAt: Milliseconds;
  readonly endedAt: Milliseconds;
  readonly notices: readonly HeardNotice[];
  /** What its session knew of itself just before and after; undefined where it was not asked. */
  readonly before: SessionFacts | undefined;
  readonly after: SessionFacts | undefined;
  /** Its transaction went on, so that its locks were still held when its session was asked. */
  readonly inBlock: boolean;
  readonly error: ServerError | undefined;
}

export const commandsOf = ({ notices, endedAt }: Ran): readonly ReportedCommand[] =>
  understandReports(notices, endedAt);

const NOTHING: FactsDifference = { locks: [], rewritten: [], scanned: [], walBytes: 0 };

/** What its session's own counters tell. What failed left nothing. */
export function ownDifference({ before, after, error }: Ran): FactsDifference {
  if (after === undefined || error !== undefined) return NOTHING;
  // Its counters go back to before it: rather no scan than somebody else's.
  return difference(before ?? { ...after, locks: new Map() }, after);
}

type NameOf = (oid: string) => string | undefined;

/** By the name that others know a table by: it may have been renamed or dropped since. */
export const nameIn =
  ({ before, after }: Ran): NameOf =>
  (oid) =>
    before?.files.get(oid)?.relation ?? after?.files.get(oid)?.relation;

/** Of a table that was there before: what is done to a new one keeps nobody waiting. */
export const oldNameIn =
  (ran: Ran): NameOf =>
  (oid) =>
    ran.before === undefined || ran.before.files.has(oid) ? nameIn(ran)(oid) : undefined;
