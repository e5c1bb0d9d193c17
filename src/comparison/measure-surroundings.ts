import type { LockWait, PhaseResult } from '../result/index.ts';
import type { Labels } from '../threshold/index.ts';

import { amount, inPhase, noData, type Meter } from './measure.ts';

/** No wait is data as well, as long as somebody looked. Waits that the file leaves out count as if they matched. */
export const lockWait: Meter = ({ result }, labels, aggregate) => {
  if (result.observer === undefined || result.observer.samples === 0)
    return noData('the locks were not observed');
  const waits = result.lockWaits.filter(
    (wait) =>
      (labels.kind ?? wait.waiter.kind) === wait.waiter.kind && startedIn(result.phases, labels, wait),
  );
  return aggregate.kind === 'count'
    ? amount(waits.length + result.lockWaitsLeftOut)
    : amount(Math.max(0, ...waits.map(({ duration }) => duration)));
};

function startedIn(phases: readonly PhaseResult[], labels: Labels, wait: LockWait): boolean {
  return phases.some(
    ({ name, startedAt, duration }) =>
      inPhase(labels, name) && wait.startedAt >= startedAt && wait.startedAt < startedAt + duration,
  );
}

/** What is different on the whole server may be the work of others: a finding tells it, and it fails nobody. */
export const leftovers: Meter = ({ result }) => {
  const own = result.leftovers.filter(({ kind }) => kind !== 'cluster-change');
  return result.outcome.kind !== 'completed' && own.length === 0
    ? noData('the run ended before the audit')
    : amount(own.length, names(own.map(({ name }) => name)));
};

/** A finding that the scenario accepts counts for nothing. */
export const openFindings: Meter = ({ result, findings }, { severity }) => {
  if (result.migration === undefined) return noData('no migration ran');
  const open = findings.filter(
    (finding) => finding.accepted === undefined && (severity ?? finding.severity) === finding.severity,
  );
  return amount(open.length, names(open.map(({ id }) => id)));
};

export const achievedRate: Meter = ({ result: { generator } }) =>
  generator === undefined || generator.planned === 0
    ? noData('no arrivals were driven')
    : amount(generator.dispatched / generator.planned);

export const eventLoop: Meter = ({ result: { generator } }) =>
  generator === undefined ? noData('no arrivals were driven') : amount(generator.eventLoopUtilization);

export const garbageCollection: Meter = ({ result: { generator } }) =>
  generator === undefined ? noData('no arrivals were driven') : amount(generator.garbageCollection.longest);

export const observerGap: Meter = ({ result: { observer } }) =>
  observer === undefined || observer.samples === 0
    ? noData('the locks were not observed')
    : amount(Math.max(observer.longestGap, ...observer.gaps.map(({ duration }) => duration)));

/** An actor that failed without one turn that went well, or that should have been there when the migration started and was not, had no part in what it met. */
export const absentActors: Meter = ({ result: { actors, migration } }) => {
  if (actors.length === 0) return amount(0);
  if (migration === undefined) return noData('no migration ran');
  const absent = actors.filter(
    ({ outcome, turns, phase, start, startedAt, duration }) =>
      (outcome === 'failed' && turns === 0) ||
      (phase === 'migration' &&
        start <= 0 &&
        (startedAt > migration.startedAt || startedAt + duration < migration.startedAt)),
  );
  return amount(
    absent.length,
    names(absent.map(({ name, message }) => (message === undefined ? name : `${name}: ${message}`))),
  );
};

const names = (list: readonly string[]): string | undefined =>
  list.length === 0 ? undefined : [...new Set(list)].join(', ');
