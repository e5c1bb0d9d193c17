export * from './scenario.ts';
export * from './parse.ts';
export { actorStatements, actorTables, type CheckedStatement } from './actors.ts';
export { scenarioJsonSchema } from './definition.ts';
export { trafficJsonSchema } from './traffic-definition.ts';
export type { IssueAt } from './issues.ts';
