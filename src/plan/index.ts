export * from './plan.ts';
export * from './arrivals.ts';
export { highestRate, RateCurve, rateCurve } from './rate-curve.ts';
export * from './parameters.ts';
export * from './make.ts';
export * from './describe.ts';
export { datasetSize, type DatasetSize, type TableSize } from './size.ts';
export { actorStatements } from '../scenario/index.ts';
export type {
  Actor,
  BackfillStep,
  CheckedStatement,
  CommandStep,
  MigrationStatement,
  MigrationStep,
  RetryPolicy,
  Scenario,
  SqlStep,
  SqlUnit,
  Executor,
  Expectation,
  Manners,
  QueryStep,
  Think,
  TrafficStep,
} from '../scenario/index.ts';
export { describeDataset, estimatedTime, type LoadingGround, type LoadingRate } from './describe-dataset.ts';
export type { ResolvedDataset } from '../dataset/index.ts';
