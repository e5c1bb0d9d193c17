export { readTrend, writeTrendPage } from './history.ts';
export { scheduleJsonSchema } from './definition.ts';
export { parseSchedule, type Entry, type Schedule } from './parse.ts';
export type { Hands, Outcome } from './hands.ts';
export { runByCalendar, runOnce } from './schedule.ts';
