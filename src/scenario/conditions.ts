import type { Path } from '../document/index.ts';
import { didYouMean } from '../document/index.ts';
import type { Issue } from '../errors.ts';
import { parseThreshold } from '../threshold/index.ts';

import type { ScenarioFile } from './definition.ts';
import type { IssueAt } from './issues.ts';
import type { StatedThreshold } from './scenario.ts';

/** `transactions` undefined: the traffic could not be read, so names in labels can't be checked. */
// eslint-disable-next-line max-params -- the same tail (issueAt, issues) as every parser of this room
export function parseConditions(
  file: ScenarioFile['thresholds'],
  path: Path,
  transactions: readonly string[] | undefined,
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
    const { transaction } = parsed.value.selector.labels;
    if (transaction !== undefined && transaction !== '*' && transactions?.includes(transaction) === false) {
      issues.push(
        issueAt(
          at,
          `no transaction is called ${JSON.stringify(transaction)}`,
          didYouMean(transaction, transactions).hint,
        ),
      );
      return [];
    }
    return [{ selector, condition, parsed: parsed.value }];
  });
}
