import { bindNamedParameters, splitStatements, type BoundSql, type SqlStatement } from '../postgres/index.ts';

/** The text of a step, ready to be bound; without mistakes it is one statement that is no transaction control. */
export interface ParsedQuery extends BoundSql {
  /** PREPARE takes it (manual, PREPARE). */
  readonly preparable: boolean;
  readonly mistakes: readonly QueryMistake[];
}

export interface QueryMistake {
  readonly message: string;
  readonly hint: string;
  /** Line in the text, from 1. */
  readonly line: number;
}

/** SQL with parameters as `:name`. */
export function parseQuery(sql: string): ParsedQuery {
  const bound = bindNamedParameters(sql);
  const parsed = splitStatements(bound.text);
  const pasted = pastedNames(bound);
  if (!parsed.ok) {
    const { message, line } = parsed.mistake;
    const mistake = { message: `not SQL: ${message}`, hint: 'write parameters as :name', line };
    return { ...bound, preparable: false, mistakes: pasted.length > 0 ? pasted : [mistake] };
  }
  const { statements } = parsed;
  const preparable = statements.every(isPreparable);
  return {
    ...bound,
    preparable,
    mistakes: [...pasted, ...numbered(bound, statements), ...mistakesOf(statements)],
  };
}

/** The kinds of statements that PREPARE takes (manual, PREPARE). */
const PREPARABLE = ['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'];

const isPreparable = ({ node }: SqlStatement): boolean => PREPARABLE.some((kind) => kind in node);

/** `t_:part`: the scanner takes `t_$1` for a name. */
function pastedNames({ pieces, order, names }: BoundSql): readonly QueryMistake[] {
  return order.flatMap((name, index) => {
    if (!/[\w$\u0080-\uffff]$/.test(pieces[index] ?? '')) return [];
    return [
      {
        message: `:${names[name] ?? ''} directly after a name or a number: values are bound, never pasted into the text`,
        hint: 'write a blank before it; between several tables a branch or a condition can choose',
        line: pieces
          .slice(0, index + 1)
          .join('')
          .split('\n').length,
      },
    ];
  });
}

/** A parameter without a name would take the value of one that has a name. */
function numbered({ order }: BoundSql, statements: readonly SqlStatement[]): readonly QueryMistake[] {
  const parameters = JSON.stringify(statements.map(({ node }) => node)).match(/{"ParamRef":/g) ?? [];
  if (parameters.length <= order.length) return [];
  return [{ message: 'parameters have names here, not numbers', hint: 'write :name instead of $1', line: 1 }];
}

/** From a file or a program it reads on the server. */
const copiesFromClient = ({ node }: SqlStatement): boolean =>
  'CopyStmt' in node && node.CopyStmt.is_from === true && node.CopyStmt.filename === undefined;

function mistakesOf(statements: readonly SqlStatement[]): readonly QueryMistake[] {
  const mistakes: QueryMistake[] = [];
  if (statements.length !== 1)
    mistakes.push({
      message: `expected one statement, found ${statements.length}`,
      hint: 'each statement is a step of its own',
      line: 1,
    });
  const control = statements.find((statement) => statement.control !== undefined);
  if (statements.length === 1 && control !== undefined)
    mistakes.push({
      message: 'transaction control is a step of its own',
      hint: 'write - begin, - commit or - rollback',
      line: control.line,
    });
  const copy = statements.find(copiesFromClient);
  if (copy !== undefined)
    mistakes.push({
      message: 'COPY … FROM STDIN asks for data that the traffic does not have',
      hint: 'write rows with INSERT … SELECT or unnest(…)',
      line: copy.line,
    });
  return mistakes;
}
