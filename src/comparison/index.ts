export { judge } from './judge.ts';
export { latenciesOf, maximumOf, percentileOf } from './latency.ts';
export * from './trend/index.ts';
