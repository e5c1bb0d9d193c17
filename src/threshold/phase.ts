/** The windows for judging, in the order in which a run goes through them. */
export const PHASES = ['warmup', 'baseline', 'migration', 'recovery'] as const;
export type PhaseName = (typeof PHASES)[number];
