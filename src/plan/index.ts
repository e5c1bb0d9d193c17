export * from './plan.ts';
export * from './arrivals.ts';
export * from './parameters.ts';
export * from './make.ts';
export * from './describe.ts';
export type {
  Actor,
  BackfillStep,
  CommandStep,
  MigrationStatement,
  MigrationStep,
  RetryPolicy,
  SqlStep,
  SqlUnit,
  TrafficStep,
} from '../scenario/index.ts';
