export { runMigration, type MigrationRun } from './run.ts';
export type { MigrationContext, MigrationEvent, StatementRun, StepRun } from './step.ts';
