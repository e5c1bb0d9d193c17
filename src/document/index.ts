export * from './source.ts';
export * from './blocks.ts';
export * from './parse.ts';
export { didYouMean, type Path } from './explain.ts';
