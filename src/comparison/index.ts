export { judge } from './judge.ts';
export { latenciesOf, maximumOf, percentileOf, type Latencies, type LatencyMetric } from './latency.ts';
