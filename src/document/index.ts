export * from './source.ts';
export * from './blocks.ts';
export * from './parse.ts';
export { didYouMean, explainIssues } from './explain.ts';
export type { Path } from './definition-tree.ts';
export type { Breaks } from './breaks.ts';
