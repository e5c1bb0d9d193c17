import { z } from 'zod';

import type { ExecutedPlan } from '../result/index.ts';
import { milliseconds } from '../units.ts';

import { planOf, type PartitionRoots } from './plan-shape.ts';

/** What `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON)` says of the whole; the rows of a loop may be a fraction (18). */
const analyzed = z.tuple([
  z.object({
    Plan: z.object({
      'Actual Rows': z.number(),
      'Shared Hit Blocks': z.number(),
      'Shared Read Blocks': z.number(),
    }),
    'Planning Time': z.number(),
    'Execution Time': z.number(),
  }),
]);

/** A plan and what its one execution cost. */
export function executedPlanOf(answer: unknown, roots: PartitionRoots): ExecutedPlan {
  const [{ Plan: root, ...times }] = analyzed.parse(answer);
  return {
    plan: planOf(answer, roots),
    rows: root['Actual Rows'],
    planning: milliseconds(times['Planning Time']),
    execution: milliseconds(times['Execution Time']),
    blocksHit: root['Shared Hit Blocks'],
    blocksRead: root['Shared Read Blocks'],
  };
}
