import { defineConfig } from 'vitest/config';

const from = (folder: string) => ({ '#rooms': new URL(`./${folder}`, import.meta.url).pathname });

/**
 * Pure tests run the sources; live tests run what users run, the built files: worker threads and the keeper
 * process are started from `dist`. The global set-up of the live project builds first. Files share their process
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

/** Servers, commands and whole rehearsals, two files at a time: much of their time is waiting. */
const live = {
  resolve: { alias: from('dist') },
  test: {
    name: 'live',
    include: ['test/live/**/*.test.ts'],
    globalSetup: ['test/live/build.ts'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
    isolate: false,
    maxWorkers: 2,
    sequence: { groupOrder: 1 },
  },
};

export default defineConfig({ test: { projects: [pure, live] } });
