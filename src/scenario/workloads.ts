import type { Path } from '../document/index.ts';
import { milliseconds, perSecond } from '../units.ts';

import { locationAt } from './issues.ts';
import type { RetryPolicy } from './retry.ts';
import type { Executor, Manners, PhaseRate, Workload } from './traffic-model.ts';
import type { TrafficContext } from './traffic-context.ts';
import { LOAD_KEYS, type TrafficFile, type WorkloadFile } from './traffic-definition.ts';

/** The only one of a file that names none. */
const ONLY = 'main';

/** What the file says of its load by itself is the only workload; with `workloads` it only says the manners of all. */
export function parseWorkloads(file: TrafficFile, context: TrafficContext): Workload[] {
  const { workloads } = file;
  if (workloads === undefined) return [parseWorkload(ONLY, file, { file, path: [], context })];
  const { issueAt, issues, breaks } = context;
  for (const key of [...LOAD_KEYS, 'executor', 'connections', 'mix'] as const) {
    if (file[key] !== undefined)
      issues.push(issueAt([key], 'belongs to a workload', `write it under each of workloads`));
  }
  if (Object.keys(workloads).length === 0 && !breaks.at(['workloads']))
    issues.push(issueAt(['workloads'], 'there is none', 'name at least one, or leave workloads out'));
  return Object.entries(workloads).map(([name, workload]) =>
    parseWorkload(name, workload, { file, path: ['workloads', name], context }),
  );
}

interface Place {
  readonly file: TrafficFile;
  readonly path: Path;
  readonly context: TrafficContext;
}

function parseWorkload(name: string, written: WorkloadFile, { file, path, context }: Place): Workload {
  const executor = parseExecutor(written, path, context);
  const missing = missingKeys(written, executor.kind, file);
  // Of an unknown key nobody knows which one is meant.
  if (context.breaks.keys(path).length === 0) {
    for (const { key, expected } of missing)
      context.issues.push(context.issueAt([...path, key], `required, but missing (expected ${expected})`));
  }
  if (written.mix !== undefined && Object.keys(written.mix).length === 0)
    context.issues.push(
      context.issueAt(
        [...path, 'mix'],
        'there is no transaction in it',
        'mix: { order_page: 70, place_order: 30 }',
      ),
    );
  return {
    name,
    executor,
    connections: written.connections ?? (executor.kind === 'constant-vus' ? executor.vus : 1),
    mix: Object.entries(written.mix ?? onlyOne(file) ?? {}).map(([transaction, weight]) => ({
      transaction,
      weight,
    })),
    manners: parseManners({ ...file, ...definedOf(written) }),
    location: locationAt(context.issueAt, path),
  };
}

type Kind = Executor['kind'];

const REQUIRED: Readonly<Record<Kind, Readonly<Partial<Record<keyof WorkloadFile, string>>>>> = {
  'constant-arrival-rate': { rate: 'a rate such as 400/s or 30/m', connections: 'a number of at least 1' },
  'ramping-arrival-rate': { stages: 'a list of stages', connections: 'a number of at least 1' },
  'constant-vus': { vus: 'a number of at least 1' },
  max: { connections: 'a number of at least 1' },
};

function missingKeys(
  written: WorkloadFile,
  kind: Kind,
  file: TrafficFile,
): readonly { readonly key: string; readonly expected: string }[] {
  const required = Object.entries(REQUIRED[kind]).map(([key, expected]) => ({ key, expected }));
  const mix =
    Object.keys(file.transactions).length > 1
      ? [{ key: 'mix', expected: 'weights of the transactions' }]
      : [];
  return [...required, ...mix].filter(({ key }) => Reflect.get(written, key) === undefined);
}

/** A file with one transaction needs no mix. */
function onlyOne({ transactions }: TrafficFile): Record<string, number> | undefined {
  const [name, second] = Object.keys(transactions);
  return name === undefined || second !== undefined ? undefined : { [name]: 1 };
}

const TAKES: Readonly<Record<Kind, readonly (typeof LOAD_KEYS)[number][]>> = {
  'constant-arrival-rate': ['rate', 'arrival', 'when_saturated'],
  'ramping-arrival-rate': ['start_rate', 'stages', 'arrival', 'when_saturated'],
  'constant-vus': ['vus', 'pause'],
  max: [],
};

function parseExecutor(
  file: WorkloadFile,
  path: Path,
  { issueAt, issues, breaks }: TrafficContext,
): Executor {
  const kind = file.executor ?? impliedBy(file);
  if (!breaks.at([...path, 'executor'])) {
    for (const key of LOAD_KEYS.filter((one) => file[one] !== undefined && !TAKES[kind].includes(one))) {
      const takes = TAKES[kind].length === 0 ? 'only connections' : TAKES[kind].join(', ');
      issues.push(issueAt([...path, key], `has no meaning with executor ${kind}`, `it takes ${takes}`));
    }
  }
  const reached = [file.start_rate ?? 0, ...(file.stages ?? []).map(({ target }) => target)];
  if (file.stages !== undefined && reached.every((rate) => rate === 0))
    issues.push(issueAt([...path, 'stages'], 'never leaves 0/s, so that nothing would ever arrive'));
  if (typeof file.rate === 'object' && Object.keys(file.rate).length === 0)
    issues.push(issueAt([...path, 'rate'], 'there is no rate in it', 'rate: { baseline: 400/s }'));
  return executorOf(kind, file);
}

/** Where something is missing, which was told, with something in its place. */
function executorOf(kind: Kind, file: WorkloadFile): Executor {
  const { arrival = 'poisson', when_saturated: whenSaturated = 'queue' } = file;
  switch (kind) {
    case 'constant-arrival-rate':
      return { kind, rates: phaseRates(file.rate), arrival, whenSaturated };
    case 'ramping-arrival-rate':
      return {
        kind,
        startRate: file.start_rate ?? perSecond(0),
        stages: file.stages ?? [],
        arrival,
        whenSaturated,
      };
    case 'constant-vus':
      return { kind, vus: file.vus ?? 1, pause: file.pause ?? milliseconds(0) };
    case 'max':
      return { kind };
  }
}

function impliedBy({ stages, vus, rate }: WorkloadFile): Kind {
  if (stages !== undefined) return 'ramping-arrival-rate';
  return vus !== undefined && rate === undefined ? 'constant-vus' : 'constant-arrival-rate';
}

/** The phases before the first that is named have its rate. */
function phaseRates(rate: WorkloadFile['rate']): readonly PhaseRate[] {
  if (rate === undefined) return [];
  if (typeof rate === 'number') return [{ phase: 'warmup', rate }];
  const inOrder = (['warmup', 'baseline', 'migration', 'recovery'] as const).flatMap((phase) => {
    const one = rate[phase];
    return one === undefined ? [] : [{ phase, rate: one }];
  });
  const [first, ...rest] = inOrder;
  return first === undefined ? [] : [{ ...first, phase: 'warmup' }, ...rest];
}

function parseManners(file: WorkloadFile): Manners {
  return {
    prepare: file.prepare ?? 'named',
    isolation: file.isolation,
    acquireTimeout: file.acquire_timeout,
    statementTimeout: file.statement_timeout,
    lockTimeout: file.lock_timeout,
    idleInTransactionTimeout: file.idle_in_transaction_session_timeout,
    retry: retryPolicy(file.retries),
    onPlanInvalidated: file.on_plan_invalidated ?? 'reprepare',
  };
}

/** Short pauses: a serialization failure is over at once, and the user waits meanwhile. */
const FIRST_PAUSE = milliseconds(10);
const LONGEST_PAUSE = milliseconds(1_000);

function retryPolicy(file: WorkloadFile['retries'] = 0): RetryPolicy {
  if (typeof file === 'number') return { retries: file, backoff: FIRST_PAUSE, maxBackoff: LONGEST_PAUSE };
  const { times, backoff = FIRST_PAUSE, max_backoff: most = LONGEST_PAUSE } = file;
  return { retries: times, backoff, maxBackoff: milliseconds(Math.max(backoff, most)) };
}

/** Without what it leaves to the file. */
const definedOf = (file: WorkloadFile): WorkloadFile =>
  Object.fromEntries(Object.entries(file).filter(([, value]) => value !== undefined));
