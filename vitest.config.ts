import { defineConfig } from 'vitest/config';

const from = (folder: string) => ({ '#rooms': new URL(`./${folder}`, import.meta.url).pathname });

/**
 * Pure tests run the sources; live tests run what users run, the built files: worker threads and the keeper
 * process are started from `dist`. The global set-up of the live projects builds first. Files share their process
 * (`isolate`): what they load takes longer than what they test.
 */
const pure = {
  resolve: { alias: from('src') },
  test: {
    name: 'pure',
    include: ['test/**/*.test.ts'],
    exclude: ['test/live/**', 'test/bench/**'],
    // Properties run hundreds of cases, and the machines are shared.
    testTimeout: 30_000,
    isolate: false,
    sequence: { groupOrder: 0 },
  },
};

const live = {
  globalSetup: ['test/live/build.ts'],
  testTimeout: 120_000,
  hookTimeout: 120_000,
  isolate: false,
};

/** Servers and commands, two files at a time: most of their time is waiting. */
const servers = {
  resolve: { alias: from('dist') },
  test: {
    ...live,
    name: 'live',
    include: ['test/live/**/*.test.ts'],
    exclude: ['test/live/run-*.test.ts'],
    maxWorkers: 2,
    sequence: { groupOrder: 1 },
  },
};

/** Whole rehearsals, one file after the other: they measure time, and fill the machine by themselves. */
const rehearsals = {
  resolve: { alias: from('dist') },
  test: {
    ...live,
    name: 'live-runs',
    include: ['test/live/run-*.test.ts'],
    fileParallelism: false,
    sequence: { groupOrder: 2 },
  },
};

export default defineConfig({ test: { projects: [pure, servers, rehearsals] } });
