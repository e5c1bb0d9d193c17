import { systemClock } from '#rooms/clock.js';
import { formatIssue } from '#rooms/errors.js';
import { makeExistingPlan, type PhaseStart, type TrafficPlan } from '#rooms/plan/index.js';
import { parseScenario } from '#rooms/scenario/index.js';
import type { ConnectionSettings } from '#rooms/target/index.js';
import { startGenerator, type TrafficRecording } from '#rooms/traffic/index.js';
import { after, milliseconds as ms } from '#rooms/units.js';

/** Other files by name, as the traffic file may name them. */
export type Beside = Readonly<Record<string, string>>;

/** What a traffic file with this content asks for. */
export function trafficOf(content: unknown, seed = 42, beside: Beside = {}): TrafficPlan {
  const scenario = { dataset: 'existing', seed, traffic: content, migration: { sql: 'SELECT 1' } };
  const read = (file: string) => {
    const text = beside[file];
    return text === undefined ? undefined : { file, text };
  };
  const parsed = parseScenario({ file: 'a.yaml', text: JSON.stringify(scenario) }, read);
  if (!parsed.ok) throw new Error(parsed.issues.map(formatIssue).join('\n'));
  const plan = makeExistingPlan(parsed.value);
  if (!plan.ok) throw new Error(plan.issues.map(formatIssue).join('\n'));
  return plan.value.traffic;
}

export interface Drive {
  /** Of the whole run, in milliseconds. */
  readonly lasts: number;
  readonly grace?: number;
  readonly phases?: readonly PhaseStart[];
  /** Goes on beside the traffic, from its first arrival on. */
  readonly meanwhile?: () => Promise<void>;
}

const ONE_PHASE: readonly PhaseStart[] = [{ phase: 'migration', at: ms(0) }];

/** Drives the traffic against a database as a run does, without anything else of a run. */
export async function drive(
  plan: TrafficPlan,
  connection: ConnectionSettings,
  { lasts, grace = 10_000, phases = ONE_PHASE, meanwhile }: Drive,
): Promise<TrafficRecording> {
  await using generator = startGenerator(plan.workers);
  const { signal } = new AbortController();
  await using traffic = await generator.prepare(plan, connection, { onProgress: () => undefined, signal });
  const origin = after(systemClock.now(), ms(50));
  traffic.start(origin, phases);
  const [recording] = await Promise.all([
    traffic.finish(ms(lasts), ms(grace)),
    systemClock.sleep(ms(Math.max(0, origin - systemClock.now()))).then(() => meanwhile?.()),
  ]);
  return recording;
}

export interface Account {
  readonly planned: number;
  readonly completed: number;
  readonly failed: number;
  readonly dropped: number;
  readonly inFlight: number;
  readonly neverStarted: number;
}

/** Of all transactions and phases together. */
export function accountOf({ transactions }: TrafficRecording): Account {
  const sum = (name: keyof Account) => transactions.reduce((total, one) => total + one[name], 0);
  return {
    planned: sum('planned'),
    completed: sum('completed'),
    failed: sum('failed'),
    dropped: sum('dropped'),
    inFlight: sum('inFlight'),
    neverStarted: sum('neverStarted'),
  };
}
