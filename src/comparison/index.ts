export { judge } from './judge.ts';
export { latenciesOf, maximumOf, percentileOf } from './latency.ts';
