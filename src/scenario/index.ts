export * from './scenario.ts';
export * from './parse.ts';
export { scenarioJsonSchema, trafficJsonSchema } from './definition.ts';
