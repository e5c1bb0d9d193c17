import { quoteRelation } from '../postgres/index.ts';
import type { DuplicateKeys, StepResult } from '../result/index.ts';
import { formatCount } from '../units.ts';

import type { Detector, Observed } from './observed.ts';
import { shapesOf } from './shape.ts';
import { failedStatement } from './statements.ts';

type StepError = NonNullable<StepResult['error']>;

/** A unique index or constraint could not be built: the rows that stand in its way, as many as could be counted afterwards. */
export const duplicateRows: Detector = ({ result }) =>
  (result.migration?.steps ?? []).flatMap((step, index) => {
    const { error } = step;
    const counted = result.aftermath?.duplicates;
    return error === undefined || !isDuplicate(error)
      ? []
      : [
          {
            step: index,
            statement: failedStatement(step),
            ...inTheWay(error, counted?.step === index ? counted : undefined),
          },
        ];
  });

export function isDuplicate({ sqlState, statement }: StepError): boolean {
  return (
    sqlState === '23505' &&
    shapesOf(statement ?? '').some(
      (shape) =>
        shape.kind === 'create-index' ||
        (shape.kind === 'add-constraint' && ['unique', 'primary-key'].includes(shape.constraint)),
    )
  );
}

function inTheWay(error: StepError, counted: DuplicateKeys | undefined): Observed {
  const { relation, constraint, message, detail } = error;
  return {
    severity: 'danger',
    relation,
    title: `duplicate rows in ${relation ?? 'the table'} kept ${constraint ?? 'the unique index'} from being built`,
    evidence: [`failed with 23505: ${message}`, ...foundOf(counted, detail)],
    safer: [
      'find and merge the duplicates first, and keep new ones out while the index is built',
      ...(counted === undefined ? [] : [searchOf(counted)]),
    ].join('\n'),
  };
}

function foundOf(counted: DuplicateKeys | undefined, detail: string | undefined): readonly string[] {
  if (counted === undefined) return detail === undefined ? [] : [detail];
  const { rows, keys, key } = counted;
  return [`${formatCount(rows)} rows share ${formatCount(keys)} values of (${key}), which shall be unique`];
}

const searchOf = ({ relation, key }: DuplicateKeys): string =>
  `SELECT ${key}, count(*) FROM ${quoteRelation(relation)} GROUP BY ${key} HAVING count(*) > 1;`;
