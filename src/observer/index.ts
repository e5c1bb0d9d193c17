export { startObserver, type Observation, type Observer } from './observer.ts';
export type { SampledLock } from './fold.ts';
export { Fold } from './fold.ts';
export { blameOf, type Blame } from './chain.ts';
export { blockersInQueues, type QueuedWait } from './queue.ts';
export type { SampledPhase } from './build-phases.ts';
export type { Between, BuildSeen, LockSeen, Sample, WaitSeen } from './samples.ts';
export { freshLeftovers, leftovers, relationStates, settledLeftovers } from './audit.ts';
export {
  sharedChanges,
  sharedFacts,
  sharedLeftovers,
  unreadable,
  withoutDatabase,
  withSchema,
  type SharedFacts,
} from './whole-server.ts';
export { schemaChanges, schemaFacts } from './schema-digest.ts';
export { activityBetween, activitySnapshot, countersLag, type ActivitySnapshot } from './activity.ts';
export { indexesInUse, newIndexes } from './new-indexes.ts';
export { smallContents } from './small-tables.ts';
export { unfinished } from './unfinished.ts';
export { explainStatements, EXPLAIN_SETTINGS, partitionRoots } from './explain.ts';
export {
  planChanges,
  shapeOf,
  transactionTables,
  type DrawnStatement,
  type PlannedStatement,
} from './plan-changes.ts';
export { planOf, type PartitionRoots } from './plan-shape.ts';
export { executedPlanOf } from './executed-plan.ts';
export { deadTuples, vacuum } from './dead-tuples.ts';
export { cancelledAsObserved, cancelledInLog } from './autovacuum.ts';
export { countDuplicates, keyInDetail } from './duplicates.ts';
export { foreignKeys, type ForeignKey, type ReferentialAction } from './foreign-keys.ts';
