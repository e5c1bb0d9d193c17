export { runMigration, type MigrationRun } from './run.ts';
export type { MigrationContext, MigrationEvent, StatementRun, StepRun } from './step.ts';
export { installEventTriggers, type EventTriggers } from './witness/event-triggers.ts';
export { sweepWitness } from './witness/left-witness.ts';
