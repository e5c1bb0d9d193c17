import { Failure } from '../errors.ts';
import type { InPlace } from '../run/index.ts';

import type { Baseline } from './baseline.ts';

export interface Wish {
  /** By `--in-place`. */
  readonly asked: boolean;
  readonly scenarios: number;
  readonly repeat: number;
  readonly baseline: Baseline['kind'];
}

/** For one run only: a second one would begin with what the first has left. Throws `Failure('usage')`. */
export function inPlaceOf({ asked, ...runs }: Wish): InPlace {
  const several = severalBy(runs);
  if (several === undefined) return { kind: asked ? 'asked' : 'without-rights' };
  const why = `the second run would begin with what the first one has changed (${several})`;
  if (!asked) return { kind: 'never', why };
  throw new Failure('usage', {
    message: `--in-place changes the database for good, and ${why}`,
    hint: 'rehearse once; or leave --in-place out: each run has a copy of its own where nobody else is connected',
  });
}

function severalBy({ scenarios, repeat, baseline }: Omit<Wish, 'asked'>): string | undefined {
  if (repeat > 1) return `--repeat ${repeat}`;
  if (baseline === 'scenario') return '--baseline';
  return scenarios > 1 ? `${scenarios} scenarios` : undefined;
}
