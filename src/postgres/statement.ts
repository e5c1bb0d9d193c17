import { hasSqlDetails, loadModule, parseSync, type Node } from 'libpg-query';

await loadModule();

/** One statement of a SQL text, found by PostgreSQL's own parser. */
export interface SqlStatement {
  /** Without surrounding white space, comments before it and the semicolon. */
  readonly text: string;
  /** Line in the whole text on which it begins, from 1. */
  readonly line: number;
  /** Whether PostgreSQL accepts it inside a transaction block. */
  readonly transactional: boolean;
  /** A procedure, or a block of code with COMMIT or ROLLBACK in it: may only do so outside a transaction block. */
  readonly mayCommit: boolean;
  readonly control: 'begin' | 'commit' | 'rollback' | undefined;
  readonly node: Node;
}

export interface SqlMistake {
  readonly message: string;
  /** Line in the text, from 1. */
  readonly line: number;
}

export type Parsed =
  | { readonly ok: true; readonly statements: readonly SqlStatement[] }
  | { readonly ok: false; readonly mistake: SqlMistake };

export function splitStatements(sql: string): Parsed {
  if (sql === '') return { ok: true, statements: [] };
  const source = Buffer.from(sql, 'utf8');
  try {
    const { stmts = [] } = parseSync(sql);
    const lineAt = lineCounter(source);
    return {
      ok: true,
      statements: stmts.flatMap((raw) => {
        if (raw.stmt === undefined) return [];
        const start = raw.stmt_location ?? 0;
        const end = raw.stmt_len === undefined || raw.stmt_len === 0 ? source.length : start + raw.stmt_len;
        return [
          {
            text: source.subarray(start, end).toString('utf8').trim(),
            line: lineAt(start),
            transactional: !matches(raw.stmt, NON_TRANSACTIONAL),
            mayCommit: matches(raw.stmt, MAY_COMMIT),
            control: transactionControl(raw.stmt),
            node: raw.stmt,
          },
        ];
      }),
    };
  } catch (error) {
    return { ok: false, mistake: mistakeOf(error, sql) };
  }
}

/** Line of a byte, counted on from the byte that was asked for before: a schema has ten thousand statements. */
function lineCounter(source: Buffer): (at: number) => number {
  let line = 1;
  let next = source.indexOf(NEWLINE);
  return (at) => {
    for (; next >= 0 && next < at; next = source.indexOf(NEWLINE, next + 1)) line++;
    return line;
  };
}

const NEWLINE = 10;

function mistakeOf(error: unknown, sql: string): SqlMistake {
  if (!hasSqlDetails(error)) throw error;
  return {
    message: error.message,
    line: sql.slice(0, error.sqlDetails?.cursorPosition ?? 0).split('\n').length,
  };
}

type StatementKinds = Readonly<Record<string, (body: Record<string, unknown>) => boolean>>;

/** Statements that PostgreSQL refuses in a transaction block (each command's manual page). */
const NON_TRANSACTIONAL: StatementKinds = {
  VacuumStmt: (body) => body['is_vacuumcmd'] === true,
  IndexStmt: (body) => body['concurrent'] === true,
  DropStmt: (body) => body['concurrent'] === true,
  ReindexStmt: (body) => hasOption(body, 'concurrently') || !SINGLE.includes(String(body['kind'])),
  ClusterStmt: (body) => body['relation'] === undefined,
  CreatedbStmt: () => true,
  DropdbStmt: () => true,
  CreateTableSpaceStmt: () => true,
  DropTableSpaceStmt: () => true,
  AlterSystemStmt: () => true,
  AlterTableStmt: (body) => JSON.stringify(body).includes('"concurrent":true'),
};

/** REINDEX of a schema, a database or the system commits table by table. */
const SINGLE = ['REINDEX_OBJECT_INDEX', 'REINDEX_OBJECT_TABLE'];

const hasOption = (body: Record<string, unknown>, name: string): boolean =>
  JSON.stringify(body).includes(`"defname":"${name}"`);

const MAY_COMMIT: StatementKinds = {
  CallStmt: () => true,
  DoStmt: (body) => /\b(?:commit|rollback)\b/i.test(JSON.stringify(body)),
};

function matches(node: Node, kinds: StatementKinds): boolean {
  return Object.entries(node).some(([kind, body]) => kinds[kind]?.(record(body)) ?? false);
}

const CONTROL: Readonly<Record<string, SqlStatement['control']>> = {
  TRANS_STMT_BEGIN: 'begin',
  TRANS_STMT_START: 'begin',
  TRANS_STMT_COMMIT: 'commit',
  TRANS_STMT_ROLLBACK: 'rollback',
};

function transactionControl(node: Node): SqlStatement['control'] {
  return 'TransactionStmt' in node ? CONTROL[String(node.TransactionStmt.kind)] : undefined;
}

const record = (value: unknown): Record<string, unknown> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
