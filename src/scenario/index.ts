export * from './scenario.ts';
export * from './parse.ts';
export { scenarioJsonSchema, trafficJsonSchema } from './definition.ts';
export type { IssueAt } from './issues.ts';
