import type { ResolvedDataset, SchemaStatement } from '../dataset/index.ts';
import { Failure, messageOf } from '../errors.ts';
import { errorClassOf, sqlStateOf, UNTIMED, type Session } from '../target/index.ts';

import { seedFailure } from './failure.ts';
import { beginManifest, SCHEMA_DOUBTFUL, schemaReached, STAGE_BEGUN, type Manifest } from './manifest.ts';
import type { WorkReporter } from './progress.ts';

/**
 * Runs the schema as it is written, in transactions of many statements that also count them: after a kill the rest is run.
 */
export async function createSchema(
  session: Session,
  dataset: ResolvedDataset,
  { manifest, reporter }: { readonly manifest: Manifest | undefined; readonly reporter: WorkReporter },
): Promise<void> {
  const statements = dataset.schemaStatements.filter(({ text }) => !isTransactionControl(text));
  const schema: SchemaRun = {
    session,
    file: dataset.schemaFile,
    statements,
    commitBefore: new Set(),
    alone: new Set(),
  };
  const begun = manifest ?? (await inTransaction(session, () => beginManifest(session, dataset)));
  const of = statements.length;
  await repeatSettings(schema, begun.statements);
  let n = begun.statements;
  if (begun.doubtful) {
    await runAlone(schema, n, true);
    n++;
  }
  while (n < of) {
    reporter.tell({ kind: 'schema', n, of }, n === 0);
    n = await runSome(schema, n);
  }
  reporter.tell({ kind: 'schema', n: of, of }, true);
  for (const setting of NEUTRAL_SETTINGS) await session.query(setting);
  await session.query(STAGE_BEGUN, ['drop']);
}

interface SchemaRun {
  readonly session: Session;
  readonly file: string;
  readonly statements: readonly SchemaStatement[];
  /** Statements that need what stands before them to be committed. */
  readonly commitBefore: Set<number>;
  /** Statements that can not run inside a transaction. */
  readonly alone: Set<number>;
}

/** Enough that commits cost nothing, few enough for the server's table of locks (64 a connection by default). */
const MOST_AT_ONCE = 200;

/** The file's own transactions give way to ours. */
const isTransactionControl = (text: string): boolean =>
  /^(?:\s|--[^\n]*\n|\/\*[^]*?\*\/)*(?:BEGIN|START\s+TRANSACTION|COMMIT|END)\b[^;'"$]{0,80};?\s*$/i.test(
    text,
  );

/** What a dump sets for its session holds after a resumption too. */
const isSetting = (text: string): boolean =>
  /^\s*(?:SET|RESET)\b/i.test(text) || /^\s*SELECT\s+(?:pg_catalog\.)?set_config\s*\(/i.test(text);

/** After the schema, which may set anything. 14–18. */
const NEUTRAL_SETTINGS = [
  'RESET ROLE',
  'SET row_security = off',
  ...Object.keys(UNTIMED).map((name) => `RESET ${name}`),
  // Functions in checks and index expressions may count on the path that applications have.
  'RESET search_path',
  'RESET default_tablespace',
];

async function repeatSettings({ session, statements }: SchemaRun, before: number): Promise<void> {
  for (const { text } of statements.slice(0, before)) if (isSetting(text)) await session.query(text);
}

/** Runs statements from `n` on in one transaction; the number of the first that has not run. */
async function runSome(schema: SchemaRun, n: number): Promise<number> {
  const { session, statements, alone, commitBefore } = schema;
  if (alone.has(n)) return await runAlone(schema, n, false);
  let at = n;
  try {
    return await inTransaction(session, async () => {
      const end = Math.min(statements.length, n + MOST_AT_ONCE);
      for (; at < end; at++) {
        if (at > n && (alone.has(at) || commitBefore.has(at))) break;
        await session.query(textOf(schema, at));
      }
      await schemaReached(session, at);
      return at;
    });
  } catch (error) {
    const sqlState = sqlStateOf(error);
    if (sqlState === NOT_IN_TRANSACTION) alone.add(at);
    else if (at > n && sqlState !== undefined && NEEDS_COMMIT.has(sqlState)) commitBefore.add(at);
    else throw statementFailure(error, schema, at);
    return n;
  }
}

/** Manual, appendix A: `CREATE INDEX CONCURRENTLY`, `VACUUM` and their like. */
const NOT_IN_TRANSACTION = '25001';
/** A value of an enum that this transaction added; a table of locks that is full. */
const NEEDS_COMMIT = new Set(['55P04', '53200']);
/** It is there already. */
const DUPLICATES = new Set(['42P04', '42P06', '42P07', '42710', '42723']);

async function runAlone(schema: SchemaRun, n: number, isDoubtful: boolean): Promise<number> {
  const { session } = schema;
  if (!isDoubtful) await session.query(SCHEMA_DOUBTFUL);
  try {
    await session.query(textOf(schema, n));
  } catch (error) {
    if (!isDoubtful || !DUPLICATES.has(sqlStateOf(error) ?? '')) throw statementFailure(error, schema, n);
  }
  await schemaReached(session, n + 1);
  return n + 1;
}

const textOf = ({ statements }: SchemaRun, n: number): string => statements[n]?.text ?? '';

export async function inTransaction<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await session.query('BEGIN');
  try {
    const result = await work();
    await session.query('COMMIT');
    return result;
  } catch (error) {
    // The error that matters is the first; a lost connection has rolled back by itself.
    await session.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Usual reasons why a statement of another server's dump does not run here. */
const HINTS: Readonly<Record<string, string>> = {
  '42704':
    'the statement names something that this server has not: a role, a type, an extension’s object; take it out or create it first in the schema file',
  '0A000':
    'this server lacks the feature or the extension; choose another one with --pg-bin, or take the statement out',
  '58P01':
    'the extension is not installed with this server; choose another one with --pg-bin, or take the statement out',
  '3F000': 'no statement creates the namespace: put CREATE SCHEMA at the top of the schema file',
  '42P01': 'the statement names a table that does not exist at this point of the file',
  '42501': 'the role may not do that here: let a superuser load the dataset, or take the statement out',
};

function statementFailure(error: unknown, { file, statements }: SchemaRun, n: number): unknown {
  const where = `${file}:${statements[n]?.line ?? 0}`;
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
