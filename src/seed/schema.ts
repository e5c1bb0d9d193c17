import type { ResolvedDataset } from '../dataset/index.ts';
import { Failure, messageOf } from '../errors.ts';
import { errorClassOf, sqlStateOf, type Session } from '../target/index.ts';

import { seedFailure } from './failure.ts';
import type { SeedProgress } from './progress.ts';

/** Runs the schema as it is written, one statement at a time, each committing by itself. */
export async function createSchema(
  session: Session,
  dataset: ResolvedDataset,
  onProgress: (progress: SeedProgress) => void,
): Promise<void> {
  const of = dataset.schemaStatements.length;
  onProgress({ kind: 'schema', n: 0, of });
  for (const { text, line } of dataset.schemaStatements) {
    try {
      await session.query(text);
    } catch (error) {
      throw statementFailure(error, `${dataset.schemaFile}:${line}`);
    }
  }
  onProgress({ kind: 'schema', n: of, of });
}

/** Usual reasons why a statement of another server's dump does not run here. */
const HINTS: Readonly<Record<string, string>> = {
  '42704':
    'the statement names something that this server has not: a role, a type, an extension’s object; take it out or create it first in the schema file',
  '0A000':
    'this server lacks the feature or the extension; choose another one with --pg-bin, or take the statement out',
  '58P01':
    'the extension is not installed with this server; choose another one with --pg-bin, or take the statement out',
  '42P01': 'the statement names a table that does not exist at this point of the file',
};

function statementFailure(error: unknown, where: string): unknown {
  const sqlState = sqlStateOf(error);
  if (sqlState === undefined || errorClassOf(error) === 'connection') {
    return seedFailure(error, { doing: 'creating the schema', where });
  }
  const hint = HINTS[sqlState];
  return new Failure('seed.failed', {
    message: `a statement of the schema failed: ${messageOf(error)} (SQLSTATE ${sqlState})`,
    where,
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  });
}
