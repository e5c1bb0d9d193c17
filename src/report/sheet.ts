/* `Sheet`: a table of a report as plain data, the same for `summary.md` and for the page, which write its cells each in its own way. */

export interface Sheet {
  readonly head: readonly SheetColumn[];
  readonly rows: readonly (readonly Cell[])[];
  /** Rows shown at most. */
  readonly most: number;
}

export interface SheetColumn {
  readonly head: string;
  /** Numbers stand to the right. */
  readonly numeric?: boolean;
}

/** Text, code, something good or bad, or several lines of them. */
export type Cell = string | Code | Judged | readonly Cell[];

export interface Code {
  readonly code: string;
}

export interface Judged {
  readonly text: string;
  readonly tone: 'red' | 'green';
}

export const columnsOf = (...heads: readonly string[]): readonly SheetColumn[] =>
  heads.map((head) => ({ head }));

export const numericColumns = (...heads: readonly string[]): readonly SheetColumn[] =>
  heads.map((head) => ({ head, numeric: true }));

/** Several lines beneath each other; empty ones are left out. */
export const linesOf = (...lines: readonly Cell[]): Cell => {
  const told = lines.filter((line) => line !== '');
  return told.length === 1 ? (told[0] ?? '') : told;
};
