import { bindNamedParameters, splitStatements, type BoundSql, type SqlStatement } from '../postgres/index.ts';

/** The text of a step, ready to be bound; without mistakes it is one statement that is no transaction control. */
export interface ParsedQuery extends BoundSql {
  /** PREPARE takes it (manual, PREPARE). */
  readonly preparable: boolean;
  readonly mistakes: readonly QueryMistake[];
}

export interface QueryMistake {
  readonly message: string;
  readonly hint?: string;
}

/** SQL with parameters as `:name`. */
export function parseQuery(sql: string): ParsedQuery {
  const bound = bindNamedParameters(sql);
  const parsed = splitStatements(bound.text);
  if (!parsed.ok) {
    const message = `not SQL: ${parsed.mistake.message}`;
    return { ...bound, preparable: false, mistakes: [{ message, hint: 'write parameters as :name' }] };
  }
  const { statements } = parsed;
  return { ...bound, preparable: statements.every(isPreparable), mistakes: mistakesOf(statements) };
}

/** The kinds of statements that PREPARE takes (manual, PREPARE). */
const PREPARABLE = ['SelectStmt', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt'];

const isPreparable = ({ node }: SqlStatement): boolean => PREPARABLE.some((kind) => kind in node);

function mistakesOf(statements: readonly SqlStatement[]): readonly QueryMistake[] {
  const count =
    statements.length === 1
      ? []
      : [
          {
            message: `expected one statement, found ${statements.length}`,
            hint: 'each statement is a step of its own',
          },
        ];
  return statements.some(({ control }) => control !== undefined) ? [...count, CONTROL] : count;
}

const CONTROL: QueryMistake = {
  message: 'transaction control is a step of its own',
  hint: 'write - begin, - commit or - rollback',
};
