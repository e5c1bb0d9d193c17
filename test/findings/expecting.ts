import { expect } from 'vitest';

import { findingsOf, type FindingId } from '#rooms/findings/index.js';
import type { Finding, Result, StepResult } from '#rooms/result/index.js';

import { migration, resultOf } from '../result/sample.ts';

export const found = (result: Result, id: FindingId): readonly Finding[] =>
  findingsOf(result).filter((finding) => finding.id === id);
export const only = (result: Result, id: FindingId): Finding => {
  const [first, ...more] = found(result, id);
  expect(more).toEqual([]);
  expect(first, `a finding ${id}`).toBeDefined();
  return first!;
};
export const migrated = (...steps: readonly StepResult[]): Result =>
  resultOf({ migration: migration(...steps) });
