import { isControl, kindOfText } from './text-kind.ts';
import type { WitnessedStatement } from './statement.ts';

/** Statements listed in a report; a tool that inserts row by row has many more. */
export const MOST_STATEMENTS = 2_000;
/** What takes longer is worth telling, even if it only steers: a COMMIT that had much to write. */
const LONG_CONTROL = 100;

/** The statements of all connections: those that matter, when there are too many. */
export class Account {
  #kept: WitnessedStatement[] = [];
  #leftOut = 0;

  add(statement: WitnessedStatement): void {
    const isLong = statement.endedAt - statement.startedAt >= LONG_CONTROL;
    if (isControl(kindOfText(statement.text)) && statement.error === undefined && !isLong) return;
    this.#kept.push(statement);
    if (this.#kept.length >= 2 * MOST_STATEMENTS) this.#thin();
  }

  /** In the order in which they began. */
  result(): { readonly statements: readonly WitnessedStatement[]; readonly leftOut: number } {
    this.#thin();
    return {
      statements: this.#kept.toSorted((one, other) => one.startedAt - other.startedAt),
      leftOut: this.#leftOut,
    };
  }

  #thin(): void {
    if (this.#kept.length <= MOST_STATEMENTS) return;
    this.#leftOut += this.#kept.length - MOST_STATEMENTS;
    this.#kept = this.#kept.toSorted((one, other) => weight(other) - weight(one)).slice(0, MOST_STATEMENTS);
  }
}

/** What failed or may have changed the schema goes before what only took long. */
function weight({ text, error, startedAt, endedAt }: WitnessedStatement): number {
  const isNotable = error !== undefined || kindOfText(text).first !== 'query';
  return (isNotable ? 1e12 : 0) + endedAt - startedAt;
}
