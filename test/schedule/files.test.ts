import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { validateWorkflow } from '@action-validator/core';
import { CronJob } from 'kubernetes-models/batch/v1';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

import { parseSchedule } from '#rooms/schedule/index.js';

/* What the README gives away for nightly runs, each checked by a tool that knows its kind of file. */

const folder = new URL('../../scenarios/nightly/', import.meta.url);
const path = (name: string): string => fileURLToPath(new URL(name, folder));
const text = (name: string): string => readFileSync(path(name), 'utf8');

it('the schedule is one', () => {
  const file = path('nightly.yaml');
  const parsed = parseSchedule({ file, text: text('nightly.yaml') });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.issues));
  expect(parsed.value.entries.map(({ scenario }) => existsSync(scenario))).toEqual([true, true]);
});

describe('the GitHub Actions workflow', () => {
  it('is one', () => {
    expect(validateWorkflow(text('github-workflow.yaml'))).toMatchObject({ errors: [] });
  });

  it('would not be with a wrong key', () => {
    const wrong = text('github-workflow.yaml').replace('runs-on:', 'run-on:');
    expect(validateWorkflow(wrong)).not.toMatchObject({ errors: [] });
  });
});

describe('the Kubernetes CronJob', () => {
  const job = parse(text('cronjob.yaml')) as ConstructorParameters<typeof CronJob>[0]; // validated here

  it('is one', () => {
    expect(() => new CronJob(job).validate()).not.toThrow();
  });

  it('would not be with a value of the wrong kind', () => {
    const wrong = { ...job, spec: { ...job!.spec, schedule: 2 } } as unknown as typeof job; // wrong on purpose
    expect(() => new CronJob(wrong).validate()).toThrow();
  });
});

const ANALYZE = '/usr/bin/systemd-analyze';

describe.skipIf(!existsSync(ANALYZE))(
  `the systemd units (${existsSync(ANALYZE) ? 'systemd-analyze verify' : 'skipped: there is no systemd-analyze'})`,
  () => {
    it('are units', () => {
      const said = execFileSync(ANALYZE, ['verify', path('rehearse.service'), path('rehearse.timer')], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      expect(said).toBe('');
    });
  },
);
