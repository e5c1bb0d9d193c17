import { hasSqlDetails, loadModule, parseSync, type Node } from 'libpg-query';

await loadModule();

/** One statement of a SQL text, found by PostgreSQL's own parser. */
export interface SqlStatement {
  /** Without surrounding white space, comments before it and the semicolon. */
  readonly text: string;
  /** Line in the whole text on which it begins, from 1. */
  readonly line: number;
  /** Where PostgreSQL refuses it inside a transaction block, or it may commit by itself. */
  readonly transactional: boolean;
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
  const source = Buffer.from(sql, 'utf8');
  try {
    const { stmts = [] } = parseSync(sql);
    return {
      ok: true,
      statements: stmts.flatMap((raw) => {
        if (raw.stmt === undefined) return [];
        const start = raw.stmt_location ?? 0;
        const end = raw.stmt_len === undefined || raw.stmt_len === 0 ? source.length : start + raw.stmt_len;
        const piece = source.subarray(start, end).toString('utf8');
        const lead = leadingNoise(piece);
        return [
          {
            text: piece.slice(lead).trim().replace(/;$/, '').trim(),
            line: lineAt(source.subarray(0, start).toString('utf8') + piece.slice(0, lead)),
            transactional: !refusesTransaction(raw.stmt),
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

/** The parser counts white space and comments before a statement to it. */
function leadingNoise(piece: string): number {
  return /^(?:\s+|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*/.exec(piece)?.[0].length ?? 0;
}

const lineAt = (before: string): number => before.split('\n').length;

function mistakeOf(error: unknown, sql: string): SqlMistake {
  if (!hasSqlDetails(error)) throw error;
  return { message: error.message, line: lineAt(sql.slice(0, error.sqlDetails?.cursorPosition ?? 0)) };
}

/**
 * Statements that PostgreSQL refuses in a transaction block (each command's manual page), and those that may
 * commit by themselves (CALL, DO).
 */
const NON_TRANSACTIONAL: Readonly<Record<string, (body: Record<string, unknown>) => boolean>> = {
  VacuumStmt: (body) => body['is_vacuumcmd'] === true,
  IndexStmt: (body) => body['concurrent'] === true,
  DropStmt: (body) => body['concurrent'] === true,
  ReindexStmt: () => true,
  CreatedbStmt: () => true,
  DropdbStmt: () => true,
  CreateTableSpaceStmt: () => true,
  DropTableSpaceStmt: () => true,
  AlterSystemStmt: () => true,
  CallStmt: () => true,
  DoStmt: () => true,
  AlterTableStmt: (body) => JSON.stringify(body).includes('"concurrent":true'),
};

function refusesTransaction(node: Node): boolean {
  return Object.entries(node).some(([kind, body]) => NON_TRANSACTIONAL[kind]?.(record(body)) ?? false);
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
