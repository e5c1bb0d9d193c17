import { countDuplicates, keyInDetail } from '../observer/index.ts';
import { splitStatements } from '../postgres/index.ts';
import type { DuplicateKeys, MigrationResult, StepResult } from '../result/index.ts';
import { connect, type ConnectionSettings } from '../target/index.ts';

const UNIQUE_VIOLATION = '23505';
/** A table that takes longer to group is not worth the wait. */
const OWN_SETTINGS = { lock_timeout: '500ms', statement_timeout: '5s', default_transaction_read_only: 'on' };

/** Counts the rows that kept a unique index from being built; undefined where none failed for that, or they can not be counted in time. */
export async function duplicatesInTheWay(
  connection: ConnectionSettings,
  migration: MigrationResult | undefined,
): Promise<DuplicateKeys | undefined> {
  const steps = migration?.steps ?? [];
  const step = steps.findIndex(({ error }) => error?.sqlState === UNIQUE_VIOLATION);
  const error = steps[step]?.error;
  const key = keyInDetail(error?.detail ?? '');
  if (error?.relation === undefined || key === undefined || !isWholeTable(error)) return undefined;
  try {
    await using session = await connect(connection, 'audit', { settings: OWN_SETTINGS });
    const found = await countDuplicates(session, error.relation, key);
    return { step, relation: error.relation, key, ...found };
  } catch {
    // What is known of the failure stands without the number.
    return undefined;
  }
}

/** Of a partial index the rows beyond its predicate are no duplicates. */
function isWholeTable({ statement }: NonNullable<StepResult['error']>): boolean {
  const parsed = splitStatements(statement ?? '');
  return (
    parsed.ok &&
    parsed.statements.every(({ node }) => !('IndexStmt' in node && node.IndexStmt.whereClause !== undefined))
  );
}
