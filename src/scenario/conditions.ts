import type { Path } from '../document/index.ts';
import { didYouMean } from '../document/index.ts';
import type { Issue } from '../errors.ts';
import { parseThreshold } from '../threshold/index.ts';

import type { ScenarioFile } from './definition.ts';
import type { IssueAt } from './issues.ts';
import type { StatedThreshold } from './scenario.ts';

/** What labels may name; undefined: the traffic could not be read, so they can't be checked. */
export interface KnownNames {
  readonly transaction: readonly string[] | undefined;
  readonly workload: readonly string[] | undefined;
}

// eslint-disable-next-line max-params -- the same tail (issueAt, issues) as every parser of this room
export function parseConditions(
  file: ScenarioFile['thresholds'],
  path: Path,
  known: KnownNames,
  issueAt: IssueAt,
  issues: Issue[],
): StatedThreshold[] {
  const stated = Object.entries(file).flatMap(([selector, conditions]) =>
    [conditions].flat().map((condition) => ({ selector, condition })),
  );
  return stated.flatMap(({ selector, condition }) => {
    const parsed = parseThreshold(selector, condition);
    const at = [...path, selector];
    if (!parsed.ok) {
      issues.push(issueAt(at, parsed.message, parsed.hint));
      return [];
    }
    const { labels } = parsed.value.selector;
    for (const kind of ['transaction', 'workload'] as const) {
      const [name, names] = [labels[kind], known[kind]];
      const isAll = kind === 'transaction' && name === '*';
      if (name === undefined || names === undefined || isAll || names.includes(name)) continue;
      issues.push(issueAt(at, `no ${kind} is called ${JSON.stringify(name)}`, didYouMean(name, names).hint));
      return [];
    }
    return [{ selector, condition, parsed: parsed.value }];
  });
}
