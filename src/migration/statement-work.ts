import type { Rewrite } from '../result/index.ts';

import { commandsOf, oldNameIn, ownDifference, type Ran } from './ran.ts';
import type { ReportedCommand } from './witness/reports.ts';

/** What a statement did to tables, by their display names. */
export interface StatementWork {
  readonly rewritten: ReadonlyMap<string, NonNullable<Rewrite['reasons']>>;
  readonly scanned: readonly string[];
  readonly walBytes: number;
}

/** What is worth a look at its size. */
export function touchedBy(ran: Ran): readonly string[] {
  const { rewritten, scanned } = workOf(ran, commandsOf(ran));
  return [...rewritten.keys(), ...scanned];
}

/** What the session's own counters show, and what the server told of its commands. */
export function workOf(ran: Ran, commands: readonly ReportedCommand[]): StatementWork {
  const own = ownDifference(ran);
  const done = ran.error === undefined ? commands : [];
  const named = oldNameIn(ran);
  const reasons = done
    .flatMap(({ rewritten }) => rewritten)
    .flatMap(({ oid, reasons }) => {
      const name = named(oid);
      return name === undefined ? [] : [[name, reasons] as const];
    });
  const told = done.flatMap(({ scanned }) => scanned).flatMap((oid) => named(oid) ?? []);
  return {
    rewritten: new Map([...own.rewritten.map((name) => [name, []] as const), ...reasons]),
    scanned: [...new Set([...own.scanned, ...told])],
    walBytes: own.walBytes,
  };
}
