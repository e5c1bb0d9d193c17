import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { ledger, type LedgerScenario } from './ledger.js';
import { emptyHome, newHome, startRehearsal, type Rehearsal, type TestHome } from './rehearsal.js';
import { processesAt, textOf, until } from './server.js';

/* Every phase of a run, held for as long as it takes to do something to it. */

/** Longer than any test lasts: what is held would not have ended by itself. */
export const LONG = '90s';

const NOTHING = { sql: 'SELECT 1' };

export interface Moment {
  /** As the report calls it. */
  readonly stage: string;
  readonly scenario: LedgerScenario;
  /** With the dataset in its cache already. */
  readonly cached: boolean;
  /** Resolves when the phase has begun. */
  readonly begun: (run: Rehearsal, home: TestHome) => Promise<void>;
}

const said =
  (text: RegExp): Moment['begun'] =>
  (run) =>
    run.says(text);

export const MOMENTS = {
  seeding: {
    stage: 'seeding',
    scenario: { migration: NOTHING, entries: 20_000_000 },
    cached: false,
    begun: (_, home) => until('rows are being loaded', () => isLoading(home)),
  },
  copying: {
    stage: 'starting',
    scenario: { migration: NOTHING },
    cached: true,
    begun: said(/copying the dataset/),
  },
  starting: {
    stage: 'starting',
    scenario: { migration: NOTHING, traffic: { connections: 400 } },
    cached: true,
    begun: (_, home) => until('the traffic is connecting', () => processesAt(home.instances).length > 20),
  },
  warmup: {
    stage: 'warmup',
    scenario: { migration: NOTHING, phases: { warmup: LONG } },
    cached: true,
    begun: said(/warmup \d.* completed/),
  },
  baseline: {
    stage: 'baseline',
    scenario: { migration: NOTHING, phases: { baseline: LONG } },
    cached: true,
    begun: said(/baseline \d.* completed/),
  },
  rewrite: {
    stage: 'migration',
    // Sleeps for the first row of the new table.
    scenario: {
      migration: {
        sql: 'ALTER TABLE entries ADD COLUMN weight int DEFAULT length(pg_sleep(90)::text)',
      },
    },
    cached: true,
    begun: (_, home) =>
      until('the table is being rewritten', () =>
        processesAt(home.instances).some(({ commandLine }) => / ALTER TABLE(?! waiting)/.test(commandLine)),
      ),
  },
  recovery: {
    stage: 'recovery',
    scenario: { migration: NOTHING, phases: { recovery: LONG } },
    cached: true,
    begun: said(/recovery \d.* completed/),
  },
  audit: {
    stage: 'audit',
    // The second time it takes long.
    scenario: {
      migration: {
        sql: "CREATE SEQUENCE IF NOT EXISTS turn; SELECT CASE WHEN nextval('turn') > 1 THEN pg_sleep(90) END",
      },
      more: { rerun: true },
    },
    cached: true,
    begun: said(/a second time/),
  },
} as const satisfies Readonly<Record<string, Moment>>;

/** A run that is in that phase now. */
export async function runIn(moment: Moment): Promise<{ readonly run: Rehearsal; readonly home: TestHome }> {
  const home = moment.cached ? newHome() : emptyHome();
  const run = startRehearsal(home, [ledger(home.files, moment.scenario)]);
  await moment.begun(run, home);
  return { run, home };
}

const isLoading = ({ path }: TestHome): boolean =>
  processesAt(join(path, 'datasets')).some(({ commandLine }) => commandLine.includes('COPY'));

/** Of the run's server; while the dataset is loaded, of that one. */
export function postmasterOf({ path }: TestHome): number {
  const places = ['instances', 'datasets'].flatMap((folder) =>
    readdirSync(join(path, folder)).map((name) => join(path, folder, name, 'data', 'postmaster.pid')),
  );
  const running = places.map(textOf).find((text) => text !== '');
  if (running === undefined) throw new Error('there is no server');
  return Number(running.split('\n')[0]);
}
