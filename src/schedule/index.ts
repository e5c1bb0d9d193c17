export { readTrend, writeTrendPage } from './history.ts';
