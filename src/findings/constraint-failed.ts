import { quoteIdentifier, quoteRelation } from '../postgres/index.ts';
import type { StepResult } from '../result/index.ts';

import { isDuplicate } from './duplicate-rows.ts';
import type { Detector, Observed } from './observed.ts';
import { failedStatement } from './statements.ts';

type StepError = NonNullable<StepResult['error']>;

interface Violation {
  readonly what: string;
  /** SQL that finds the rows, where the error names enough. */
  readonly search: (error: StepError) => string | undefined;
  readonly safer: string;
}

const relationOf = ({ relation }: StepError): string => quoteRelation(relation ?? '');

/** Integrity constraint violations (class 23; manual, appendix A). */
const VIOLATIONS: Readonly<Record<string, Violation>> = {
  '23502': {
    what: 'a column that shall never be NULL has NULLs',
    search: (error) =>
      error.column === undefined
        ? undefined
        : `SELECT count(*) FROM ${relationOf(error)} WHERE ${quoteIdentifier(error.column)} IS NULL;`,
    safer: 'backfill the rows without a value first, and let new ones come with it',
  },
  '23503': {
    what: 'rows refer to others that are not there',
    search: () => undefined,
    safer: 'add the foreign key NOT VALID, remove or mend the orphans, then VALIDATE CONSTRAINT',
  },
  '23505': {
    what: 'a key that shall be unique is there already',
    search: () => undefined,
    safer: 'write ON CONFLICT DO NOTHING, or remove what stands in the way first',
  },
  '23514': {
    what: 'rows break the check',
    search: () => undefined,
    safer: 'add the check NOT VALID, mend the rows that break it, then VALIDATE CONSTRAINT',
  },
  '23P01': {
    what: 'rows exclude each other',
    search: () => undefined,
    safer: 'find and mend the rows that overlap before the constraint is added',
  },
};

/** The existing rows do not fit what the migration asks of them. */
export const constraintFailed: Detector = ({ result }) =>
  (result.migration?.steps ?? []).flatMap((step, index) =>
    step.error === undefined || isDuplicate(step.error)
      ? []
      : failed(step.error, { step: index, statement: failedStatement(step) }),
  );

function failed(error: StepError, at: Pick<Observed, 'step' | 'statement'>): readonly Observed[] {
  const violation = VIOLATIONS[error.sqlState ?? ''];
  if (violation === undefined) return [];
  const search = violation.search(error);
  return [
    {
      severity: 'danger',
      ...at,
      relation: error.relation,
      title: `the rows of ${error.relation ?? 'a table'} break ${error.constraint === undefined ? 'a constraint' : `the constraint ${error.constraint}`}: ${violation.what}`,
      evidence: [
        `failed with ${error.sqlState ?? ''}: ${error.message}`,
        ...(error.detail === undefined ? [] : [error.detail]),
      ],
      safer: [violation.safer, ...(search === undefined ? [] : [search])].join('\n'),
    },
  ];
}
