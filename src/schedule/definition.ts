import { z } from 'zod';

import { age, count, duration, number } from '../document/index.ts';
import { milliseconds } from '../units.ts';

/* The schedule file as people write it; `schemas/schedule.schema.json` is generated from here. */

const text = z.string().min(1, { error: 'must not be empty' });

export const NOTICE_KINDS = ['change', 'failure'] as const;

const run = z.strictObject({
  scenario: text.describe('scenario file, relative to this file'),
  name: text.optional().describe('in the history and in messages; the name of the scenario file by default'),
  cron: text
    .optional()
    .describe(
      'minute, hour, day of month, month, day of week: 30 2 * * *; without it the run is only for --once --all',
    ),
  timezone: text.optional().describe('IANA name: Europe/Berlin; the one of the file by default'),
  scale: number({ above: 0 }).optional().describe('as --scale of rehearse run'),
  set: z.array(text).default([]).describe('path=value, as --set of rehearse run'),
  target: text
    .default('embedded')
    .describe('as --target of rehearse run; existing data is rehearsed on a copy, or not at all'),
  tolerate: z.array(text).default([]).describe('as --tolerate of rehearse run'),
  pg_bin: text.optional().describe('as --pg-bin of rehearse run'),
  out: text.optional().describe('folder for the reports, relative to this file'),
});

export const scheduleDefinition = z.strictObject({
  timezone: text.default('UTC').describe('IANA name: Europe/Berlin'),
  out: text.default('reports').describe('folder for reports, trend page and state, relative to this file'),
  start_within: duration()
    .default(milliseconds(3_600_000))
    .describe('what can not begin so soon after its time is missed: told, not made up for'),
  keep: z
    .strictObject({
      runs: count({ min: 1 }).optional().describe('reports kept of each run of the schedule'),
      age: age().optional().describe('reports kept for so long: 90d'),
    })
    .default({})
    .describe('only reports that this schedule wrote are removed, never the last good one'),
  notify: z
    .strictObject({
      webhook: text.describe('gets a POST with JSON: ${REHEARSE_WEBHOOK}'),
      on: z
        .union([z.literal('always'), z.array(z.enum(NOTICE_KINDS)).min(1)])
        .default([...NOTICE_KINDS])
        .describe('always, or a list of change and failure'),
    })
    .optional(),
  runs: z.array(run).min(1, { error: 'expected one run or more' }),
});

export type ScheduleFile = z.output<typeof scheduleDefinition>;

export const scheduleJsonSchema = (): unknown => z.toJSONSchema(scheduleDefinition, { io: 'input' });
