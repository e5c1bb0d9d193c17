import type { LockWait, Result, TransactionResult } from '../result/index.ts';
import { formatCount, formatDuration, formatPercent, milliseconds, type Milliseconds } from '../units.ts';

import { asStatement, LOCK_TIMEOUT_SQL, saferWay } from './safer.ts';
import type { Detector, Observed, Scene } from './observed.ts';
import { isNoticeable, severityOf, worse } from './severity.ts';
import { longestHold } from './statements.ts';
import { andList } from './work-sentence.ts';

type Workload = Result['scenario']['workloads'][number];

/** A pool that queues in the baseline as well is too small by itself: it has to be as much worse as this. */
const WORSE = 3;

/** One finding for each workload that had no connection free any more, and one where the server itself had none. */
export const poolExhausted: Detector = (scene) => [
  ...scene.result.scenario.workloads.flatMap((workload) => ofWorkload(scene, workload)),
  ...ofServer(scene.result),
];

/** What arrivals without a connection suffered in one phase. */
interface Shortage {
  /** Longest time in line. */
  readonly longest: Milliseconds;
  readonly p50: Milliseconds;
  /** That gave up, or were not let into the line. */
  readonly lost: number;
  readonly planned: number;
}

function ofWorkload(scene: Scene, workload: Workload): readonly Observed[] {
  const { result } = scene;
  const before = shortageOf(result.transactions, workload, 'baseline');
  const during = shortageOf(result.transactions, workload, 'migration');
  const share = ({ lost, planned }: Shortage): number => lost / Math.max(1, planned);
  const isLonger = isNoticeable(during.longest) && during.longest > WORSE * before.longest;
  const isLossier = during.lost > 0 && share(during) > WORSE * share(before);
  const isOnly = result.scenario.workloads.length === 1;
  // Of several workloads the timeline has the sum; who stands in line says that its own pool was empty.
  const hadFree = isOnly && mostInUse(result) < workload.connections;
  return (isLonger || isLossier) && !hadFree ? [exhausted(scene, workload, { before, during })] : [];
}

function shortageOf(
  transactions: readonly TransactionResult[],
  { name }: Workload,
  phase: TransactionResult['phase'],
): Shortage {
  const own = transactions.filter((one) => one.workload === name && one.phase === phase);
  const sum = (of: (one: TransactionResult) => number): number => own.reduce((all, one) => all + of(one), 0);
  const most = (of: (one: TransactionResult) => number): Milliseconds =>
    milliseconds(own.reduce((highest, one) => Math.max(highest, of(one)), 0));
  return {
    longest: most(({ queueWait }) => queueWait.max),
    p50: most(({ queueWait }) => queueWait.p50),
    lost: sum(({ dropped, failedByClass }) => dropped + (failedByClass.pool_wait_timeout ?? 0)),
    planned: sum(({ planned }) => planned),
  };
}

const pointsIn = ({ timeline }: Result, name: TransactionResult['phase']) =>
  timeline.points.filter(({ phase }) => phase === name);

/** Of all workloads together, at any moment of the migration phase. */
const mostInUse = (result: Result): number =>
  Math.max(0, ...pointsIn(result, 'migration').map(({ connectionsInUse }) => connectionsInUse));

interface Shortages {
  readonly before: Shortage;
  readonly during: Shortage;
}

function exhausted(scene: Scene, workload: Workload, { before, during }: Shortages): Observed {
  const { result } = scene;
  const culprit = mostWaitingFor(result);
  const queued = Math.max(0, ...pointsIn(result, 'migration').map((point) => point.queued));
  const name = result.scenario.workloads.length > 1 ? ` of ${workload.name}` : '';
  return {
    severity: worse(severityOf(during.longest), during.lost > 0 ? 'danger' : 'info'),
    step: culprit?.step,
    relation: culprit?.relation,
    title: `all ${formatCount(workload.connections)} connections${name} were in use, and arrivals waited up to ${formatDuration(during.longest)} for one`,
    evidence: [
      `longest wait for a connection ${formatDuration(during.longest)} in the migration phase, ${formatDuration(before.longest)} in the baseline; at most ${formatCount(mostInUse(result))} connections were in use and ${formatCount(queued)} arrivals in line`,
      ...lostSentence(during),
      culprit === undefined
        ? 'no session was seen waiting for a lock of the migration: each transaction kept its connection for longer than before'
        : `${formatCount(culprit.sessions)} sessions at a time waited for locks behind the migration${culprit.relation === '' ? '' : ` (${culprit.relation})`}, each of them with a connection in its hands`,
    ],
    safer: saferPool(scene, culprit?.step),
  };
}

function lostSentence({ lost, planned }: Shortage): readonly string[] {
  return lost === 0
    ? []
    : [
        `${formatCount(lost)} of ${formatCount(planned)} arrivals (${formatPercent(lost / Math.max(1, planned))}) never got a connection`,
      ];
}

interface Culprit {
  readonly step: number;
  readonly relation: string;
  /** Of the traffic, that waited at the same time. */
  readonly sessions: number;
}

/** The step behind which most sessions of the traffic waited at one moment. */
function mostWaitingFor({ lockWaits }: Result): Culprit | undefined {
  const waits = lockWaits.filter(
    (wait): wait is LockWait & { readonly step: number } =>
      wait.step !== undefined && wait.waiter.kind === 'traffic' && isNoticeable(wait.duration),
  );
  const culprits = waits.map(({ step, startedAt, relation }) => {
    const together = waits.filter(
      (one) => one.step === step && one.startedAt <= startedAt && one.startedAt + one.duration > startedAt,
    );
    return { step, relation, sessions: new Set(together.map(({ waiter }) => waiter.pid)).size };
  });
  return culprits.toSorted((a, b) => b.sessions - a.sessions)[0];
}

function saferPool({ result, statements }: Scene, step: number | undefined): string {
  const [worst] = statements
    .filter(({ stepIndex }) => stepIndex === step)
    .toSorted((a, b) => longestHold(b.blocking) - longestHold(a.blocking));
  const way = worst === undefined ? undefined : saferWay(worst.statement, result)?.split('\n').slice(1);
  return [
    'let the migration give up early and try again, and let the application do so too, so that nobody keeps a connection while he waits for a lock',
    // What runs concurrently waits without blocking anybody, and leaves something invalid behind where it gives up.
    ...(way?.some((line) => / CONCURRENTLY /.test(line)) === true ? [] : [LOCK_TIMEOUT_SQL]),
    ...(way ?? (worst === undefined ? [] : [asStatement(worst.statement.text)])),
    "ALTER ROLE CURRENT_USER SET lock_timeout = '2s';  -- as the application's role",
  ].join('\n');
}

const TOO_MANY_CONNECTIONS = '53300';

/** `FATAL: sorry, too many clients already`, to the traffic or to the migration. */
function ofServer({ errors, migration }: Result): readonly Observed[] {
  const refused = errors.filter(({ sqlState }) => sqlState === TOO_MANY_CONNECTIONS);
  const isUsual = refused.some(({ phase }) => phase === 'warmup' || phase === 'baseline');
  const steps = (migration?.steps ?? []).flatMap((step, index) =>
    step.error?.sqlState === TOO_MANY_CONNECTIONS ||
    step.attempts.some(({ sqlState }) => sqlState === TOO_MANY_CONNECTIONS)
      ? [{ index, name: step.name }]
      : [],
  );
  if ((refused.length === 0 || isUsual) && steps.length === 0) return [];
  return [
    {
      severity: 'danger',
      step: steps[0]?.index,
      title: 'the server had no connection left',
      evidence: [
        ...(steps.length === 0
          ? []
          : [
              `it refused the migration's ${andList(steps.map(({ name }) => name))} with ${TOO_MANY_CONNECTIONS}`,
            ]),
        ...refused.map(
          ({ phase, transaction, count, overcome, message }) =>
            `${formatCount(count + overcome)} times in the ${phase} phase, in ${transaction}: ${message} (${TOO_MANY_CONNECTIONS})`,
        ),
      ],
      safer: [
        'leave room between the pools of the application and max_connections: the migration, its tool and their retries need some too',
        'SELECT application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2 ORDER BY 3 DESC;',
      ].join('\n'),
    },
  ];
}
