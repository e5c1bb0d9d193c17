export { judge } from './judge.ts';
export { latenciesOf, maximumOf, percentileOf } from './latency.ts';
export { compare, DEFAULT_FLOOR, type ReportedRun, type Sides } from './compare.ts';
export { leastArrivals, type Floor } from './latency-changes.ts';
export {
  ASPECTS,
  comparison,
  comparisonJsonSchema,
  type Aspect,
  type ChangeVerdict,
  type Comparison,
  type ComparisonVerdict,
  type FactChange,
  type LatencyChange,
  type PercentileChange,
} from './comparison-file.ts';
export * from './trend/index.ts';
