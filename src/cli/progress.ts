import { printable } from '../errors.ts';
import { maskValues } from '../postgres/index.ts';
import type { RunEvent } from '../run/index.ts';
import { formatCount, formatDuration, formatPercent, formatRate, milliseconds, perSecond } from '../units.ts';

export interface ProgressDisplay extends Disposable {
  readonly show: (event: RunEvent) => void;
  /** Leaves the terminal clean. */
  readonly end: () => void;
}

/** Where progress goes: `process.stderr`, because stdout is for the verdict. */
export interface ProgressOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** On a terminal one living line; elsewhere plain lines, now and then. */
export function progressDisplay(
  scenario: string,
  output: ProgressOutput,
  { quiet }: { readonly quiet: boolean },
): ProgressDisplay {
  if (quiet) return silent;
  return output.isTTY === true ? livingLine(scenario, output) : plainLines(scenario, output);
}

const silent: ProgressDisplay = {
  show: () => undefined,
  end: () => undefined,
  [Symbol.dispose]: () => undefined,
};

const CLEAR = '\r\u001b[K';

function livingLine(scenario: string, output: ProgressOutput): ProgressDisplay {
  const clear = (): void => void output.write(CLEAR);
  const show = (event: RunEvent): void => {
    const text = lineOf(event);
    if (text === undefined) return;
    if (isLasting(event)) output.write(`${CLEAR}${scenario}  ${text}\n`);
    else output.write(`${CLEAR}${(bar(event) + text).slice(0, Math.max(20, (output.columns || 80) - 1))}`);
  };
  return { show, end: clear, [Symbol.dispose]: clear };
}

const BAR_WIDTH = 20;

/** Of the loading, which is the one long work whose end can be told. */
function bar(event: RunEvent): string {
  if (event.kind !== 'seed') return '';
  const done = Math.floor(event.progress.share * BAR_WIDTH);
  return `[${'='.repeat(done)}${' '.repeat(BAR_WIDTH - done)}] `;
}

/** In a log file a line every few seconds is enough, and one at the beginning of each stage. */
const PLAIN_EVERY_MS = 5_000;

function plainLines(scenario: string, output: ProgressOutput): ProgressDisplay {
  let last = Number.NEGATIVE_INFINITY;
  const show = (event: RunEvent): void => {
    const now = performance.now();
    if (!isLasting(event) && now - last < PLAIN_EVERY_MS) return;
    const text = lineOf(event);
    if (text === undefined) return;
    if (event.kind === 'stage') last = Number.NEGATIVE_INFINITY;
    else if (!isLasting(event)) last = now;
    output.write(`${scenario}  ${text}\n`);
  };
  return { show, end: () => undefined, [Symbol.dispose]: () => undefined };
}

function isLasting(event: RunEvent): boolean {
  return event.kind === 'stage' || (event.kind === 'migration' && event.event.kind !== 'batch');
}

function lineOf(event: RunEvent): string | undefined {
  const text = textOf(event);
  return text === undefined ? undefined : printable(text);
}

function textOf(event: RunEvent): string | undefined {
  switch (event.kind) {
    case 'stage':
      return `${event.stage}: ${event.note}`;
    case 'seed':
      return seedLine(event.progress);
    case 'traffic':
      return trafficLine(event);
    case 'migration':
      return migrationLine(event.event);
  }
}

function trafficLine({ progress, waitingSessions }: RunEvent & { kind: 'traffic' }): string {
  const { phase, at, completedPerSecond, p99, failed, connectionsInUse, queued } = progress;
  return [
    `${phase} ${formatDuration(milliseconds(Math.floor(at / 1_000) * 1_000))}`,
    `${formatRate(perSecond(completedPerSecond))} completed`,
    `p99 ${formatDuration(p99)}`,
    `${waitingSessions} waiting for locks`,
    `${connectionsInUse} connections in use`,
    ...(queued > 0 ? [`${formatCount(queued)} queued`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ].join(', ');
}

type SeedProgress = Extract<RunEvent, { kind: 'seed' }>['progress'];

/** Where the loading stands, and how long all of it will take: rows, indexes, checks and vacuums together. */
function seedLine(progress: SeedProgress): string {
  const { share, remaining } = progress;
  const left = remaining === undefined ? '' : `, ${formatDuration(remaining)} left`;
  return `seeding ${formatPercent(Math.floor(share * 100) / 100)}${left}: ${seedWork(progress)}`;
}

function seedWork(progress: SeedProgress): string {
  switch (progress.kind) {
    case 'schema':
      return `schema, statement ${progress.n} of ${progress.of}`;
    case 'loading': {
      const { table, totalRows, totalOf, rate } = progress;
      return `${formatCount(totalRows)} of ${formatCount(totalOf)} rows, ${formatRate(rate)}, ${table}`;
    }
    case 'indexing':
      return `index or key ${progress.n} of ${progress.of}, ${progress.name}`;
    case 'vacuuming':
      return `vacuum ${progress.n} of ${progress.of}, ${progress.table}`;
  }
}

type MigrationEvent = Extract<RunEvent, { kind: 'migration' }>['event'];

function migrationLine(event: MigrationEvent): string | undefined {
  switch (event.kind) {
    case 'step-begun':
      return `migration: ${event.name} begins`;
    case 'session':
    case 'commit-begun':
    case 'commit-ended':
      return undefined;
    case 'retry':
      return `migration: attempt ${event.attempt} failed (${maskValues(event.message)}), trying again`;
    case 'batch':
      return `migration: ${formatCount(event.rows)} rows backfilled`;
    case 'step-ended':
      return `migration: step ${event.step + 1} ${event.outcome}`;
  }
}
