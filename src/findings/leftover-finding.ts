import type { Leftover, Severity } from '../result/index.ts';

import type { Detector } from './observed.ts';

export interface LeftoverKind {
  readonly severity: Severity;
  readonly title: (leftover: Leftover) => string;
  readonly why: string;
  readonly safer: (leftover: Leftover) => string;
}

/** One finding for each thing of these kinds that was left behind. */
export const leftoverDetector =
  (kinds: Readonly<Partial<Record<Leftover['kind'], LeftoverKind>>>): Detector =>
  ({ result }) =>
    result.leftovers.flatMap((leftover) => {
      const kind = kinds[leftover.kind];
      if (kind === undefined) return [];
      const { severity, title, why, safer } = kind;
      const relation = leftover.relation === '' ? undefined : leftover.relation;
      const evidence = [`seen after the migration: ${leftover.kind.replaceAll('-', ' ')} ${leftover.name}`];
      return [{ severity, relation, title: title(leftover), evidence, why, safer: safer(leftover) }];
    });
