import { z } from 'zod';

import { isLockMode, type LockMode } from '../../postgres/index.ts';
import { REWRITE_REASONS } from '../../result/index.ts';
import { milliseconds, type Milliseconds } from '../../units.ts';
import type { HeardNotice } from '../hearing.ts';
import { waitedIn } from '../notices.ts';

/** SQLSTATE of the event triggers' messages: nobody else's. */
export const REPORT_STATE = 'RHWIT';

export const isReport = ({ sqlState }: Pick<HeardNotice, 'sqlState'>): boolean => sqlState === REPORT_STATE;

/** A command as the event triggers told of it; relations by their oid. */
export interface ReportedCommand {
  readonly tag: string;
  readonly object: string;
  readonly text: string | undefined;
  readonly startedAt: Milliseconds;
  readonly endedAt: Milliseconds;
  readonly waiting: Milliseconds;
  readonly locks: readonly ReportedLock[];
  readonly scanned: readonly string[];
  readonly rewritten: readonly ReportedRewrite[];
  readonly completed: boolean;
}

export interface ReportedLock {
  readonly oid: string;
  readonly mode: LockMode;
  /** When a later command began without it: its transaction was over by then. Undefined: no later one did. */
  goneAt: Milliseconds | undefined;
}

export interface ReportedRewrite {
  readonly oid: string;
  readonly reasons: readonly (typeof REWRITE_REASONS)[number][];
}

/** What a statement's notices tell of the commands inside it; what it had not finished ended with it. */
export function understandReports(
  notices: readonly HeardNotice[],
  endedAt: Milliseconds,
): readonly ReportedCommand[] {
  const told = notices.map((notice) => ({ notice, report: reportIn(notice) }));
  // The server's clock against ours: what was heard soonest after it was said tells it best.
  const offset = Math.min(
    ...told.map(({ notice, report }) => (report === undefined ? Infinity : notice.heardAt - report.at)),
  );
  const folding = new Folding((at) => milliseconds(Math.min(at + offset, endedAt)));
  for (const { notice, report } of told) {
    if (report === undefined) folding.waited(waitedIn([notice]));
    else folding.add(report);
  }
  return folding.end(endedAt);
}

const oidAndMode = z.tuple([z.string(), z.string()]);
const common = { tag: z.string(), at: z.number() };
const held = { locks: z.array(oidAndMode), scans: z.record(z.string(), z.number()) };

const reportShape = z.discriminatedUnion('event', [
  z.object({ event: z.literal('ddl_command_start'), ...common, ...held, context: z.string() }),
  z.object({
    event: z.literal('ddl_command_end'),
    ...common,
    ...held,
    objects: z.array(z.object({ tag: z.string(), identity: z.string() })),
  }),
  z.object({ event: z.literal('sql_drop'), ...common, objects: z.array(z.string()) }),
  z.object({ event: z.literal('table_rewrite'), ...common, table: z.string(), reasons: z.number() }),
]);
type Report = z.infer<typeof reportShape>;

function reportIn(notice: HeardNotice): Report | undefined {
  if (!isReport(notice)) return undefined;
  const parsed = reportShape.safeParse(JSON.parse(notice.message));
  return parsed.success ? parsed.data : undefined;
}

interface OpenCommand {
  readonly begun: Extract<Report, { event: 'ddl_command_start' }>;
  readonly rewritten: ReportedRewrite[];
  readonly dropped: string[];
  waiting: number;
}

/** Commands may nest: a trigger of somebody else's may run DDL itself. */
class Folding {
  readonly #ours: (at: number) => Milliseconds;
  readonly #open: OpenCommand[] = [];
  readonly #done: ReportedCommand[] = [];

  constructor(ours: (at: number) => Milliseconds) {
    this.#ours = ours;
  }

  waited(duration: Milliseconds): void {
    const command = this.#open.at(-1);
    if (command !== undefined) command.waiting += duration;
  }

  add(report: Report): void {
    const command = this.#open.at(-1);
    switch (report.event) {
      case 'ddl_command_start':
        this.#miss(report);
        this.#open.push({ begun: report, rewritten: [], dropped: [], waiting: 0 });
        return;
      case 'table_rewrite':
        command?.rewritten.push({ oid: report.table, reasons: reasonsIn(report.reasons) });
        return;
      case 'sql_drop':
        command?.dropped.push(...report.objects);
        return;
      case 'ddl_command_end':
        if (command?.begun.tag === report.tag) this.#finish(command, report);
        return;
    }
  }

  #miss({ locks, at }: OpenCommand['begun']): void {
    const held = new Set(locks.map(([oid, mode]) => `${oid} ${mode}`));
    for (const lock of this.#done.flatMap((command) => command.locks))
      if (!held.has(`${lock.oid} ${lock.mode}`)) lock.goneAt ??= this.#ours(at);
  }

  end(endedAt: Milliseconds): readonly ReportedCommand[] {
    for (const { begun, rewritten, waiting } of this.#open) {
      this.#done.push({
        ...this.#head(begun),
        object: '',
        endedAt,
        waiting: milliseconds(waiting),
        locks: [],
        scanned: [],
        rewritten,
        completed: false,
      });
    }
    return this.#done.toSorted((one, other) => one.startedAt - other.startedAt);
  }

  #finish(
    { begun, rewritten, dropped, waiting }: OpenCommand,
    ended: Extract<Report, { event: 'ddl_command_end' }>,
  ): void {
    this.#open.pop();
    this.#done.push({
      ...this.#head(begun),
      object: objectOf(ended, dropped),
      endedAt: this.#ours(ended.at),
      waiting: milliseconds(waiting),
      locks: newLocks(begun.locks, ended.locks),
      scanned: Object.entries(ended.scans).flatMap(([oid, scans]) =>
        scans > (begun.scans[oid] ?? 0) ? [oid] : [],
      ),
      rewritten,
      completed: true,
    });
  }

  #head({ tag, at, context }: OpenCommand['begun']): Pick<ReportedCommand, 'tag' | 'text' | 'startedAt'> {
    return { tag, text: textIn(context), startedAt: this.#ours(at) };
  }
}

function newLocks(
  before: readonly (readonly [string, string])[],
  after: readonly (readonly [string, string])[],
): readonly ReportedLock[] {
  const known = new Set(before.map(([oid, mode]) => `${oid} ${mode}`));
  return after.flatMap(([oid, mode]) =>
    isLockMode(mode) && !known.has(`${oid} ${mode}`) ? [{ oid, mode, goneAt: undefined }] : [],
  );
}

/** CREATE TABLE also makes sequences and indexes: what has the command's own tag is what it was about. */
function objectOf(
  { tag, objects }: Extract<Report, { event: 'ddl_command_end' }>,
  dropped: readonly string[],
): string {
  const own = objects.filter((object) => object.tag === tag);
  const identities = (own.length > 0 ? own : objects).map(({ identity }) => identity);
  return [...new Set([...identities, ...dropped])].map((name) => name.replace(/^public\./, '')).join(', ');
}

/** The order of REWRITE_REASONS is that of the bits. */
const reasonsIn = (bits: number): ReportedRewrite['reasons'] =>
  REWRITE_REASONS.filter((_, bit) => (bits & (1 << bit)) !== 0);

/** The statement that a function was executing (plpgsql's context lines, pl_exec.c). */
function textIn(context: string): string | undefined {
  return /SQL statement "([^]*?)"(?:\n(?:PL\/pgSQL|SQL) function|$)/.exec(context)?.[1];
}
