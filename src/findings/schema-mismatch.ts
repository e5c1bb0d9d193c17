import type { ErrorSample, Result } from '../result/index.ts';
import { formatCount } from '../units.ts';

import type { Detector, Scene } from './observed.ts';
import { saferWay } from './safer.ts';
import { shapesOf } from './shape.ts';
import type { StatementShape } from './statement-shape.ts';
import { placeOf, type MigrationStatement } from './statements.ts';
import { AFTER_START, failures, failureSentences } from './traffic-errors.ts';

/** It goes on until another version of the application runs, so that even a few failures are no hiccup. */
export const schemaMismatch: Detector = (scene) => {
  const { result } = scene;
  const evidence = [...missingObjects(result), ...refusedValues(result)];
  const cause = scene.statements.find(({ statement }) => shapesOf(statement.text).some(isBreaking));
  return evidence.length === 0
    ? []
    : [
        {
          severity: 'danger',
          ...(cause === undefined ? {} : placeOf(cause)),
          title: 'the running application does not fit the new schema',
          evidence: [...evidence, ...(cause === undefined ? [] : causeSentence(cause))],
          safer: saferDeployment(scene, cause),
        },
      ];
};

/** 42703, 42P01, 42804, 42883. */
const missingObjects = (result: Result): readonly string[] =>
  failures(result, 'schema_drift', ['baseline']) > 0
    ? []
    : failureSentences(result, 'schema_drift', AFTER_START);

/**
 * What old statements get for values that a new schema does not take, by SQLSTATE (manual, appendix A). The same errors are usual
 * in some applications: only where the transaction had none before.
 */
const REFUSED: Readonly<Record<string, string>> = {
  '23502': 'it leaves out a column that must not be NULL any more',
  '23503': 'it refers to rows as a new foreign key forbids',
  '23505': 'it repeats a key that is unique now',
  '23514': 'it writes values that a new check forbids',
  '22001': 'its text is too long for the column now',
  '22003': 'its number is out of the range of the column now',
  '22P02': 'the column has another type or another list of values now',
  '428C9': 'the column is generated now',
  '42501': 'its role was not granted what is there now',
  '42704': 'a type or another object is gone',
  '42809': 'what it writes to is another kind of object now',
  '3F000': 'a schema is gone',
};

function refusedValues({ errors }: Result): readonly string[] {
  const isUsual = (error: ErrorSample): boolean =>
    errors.some(
      ({ phase, transaction, workload, sqlState }) =>
        (phase === 'warmup' || phase === 'baseline') &&
        transaction === error.transaction &&
        workload === error.workload &&
        sqlState === error.sqlState,
    );
  return errors.flatMap((error) => {
    const { phase, sqlState = '', count, message, transaction } = error;
    const reason = REFUSED[sqlState];
    return reason === undefined || !AFTER_START.includes(phase) || count === 0 || isUsual(error)
      ? []
      : [
          `${formatCount(count)} ${count === 1 ? 'arrival' : 'arrivals'} failed in the ${phase} phase: ${message} (${sqlState}), in ${transaction}: ${reason}`,
        ];
  });
}

const BREAKING: ReadonlySet<StatementShape['kind']> = new Set<StatementShape['kind']>([
  'rename-column',
  'rename-table',
  'drop-column',
  'drop-table',
  'alter-type',
  'set-not-null',
  'add-constraint',
]);

const isBreaking = (shape: StatementShape): boolean =>
  shape.kind === 'add-column' ? shape.notNull : BREAKING.has(shape.kind);

const causeSentence = ({ stepIndex, statement }: MigrationStatement): readonly string[] => [
  `step ${stepIndex + 1}: ${statement.text.replace(/\s+/g, ' ')}`,
];

/** The way of the statement where it keeps the old shape alive; else in words. */
function saferDeployment({ result }: Scene, cause: MigrationStatement | undefined): string {
  const way = cause === undefined ? undefined : saferWay(cause.statement, result);
  const [, ...sql] = way?.split('\n') ?? [];
  return [
    'expand, deploy, contract: first add the new shape beside the old one, then deploy what uses it, and remove the old shape in a later migration',
    ...sql,
  ].join('\n');
}
