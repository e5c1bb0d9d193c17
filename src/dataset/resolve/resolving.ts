import { Failure, type Issue } from '../../errors.ts';
import type { Generator } from '../generator.ts';
import type { Dataset, ResolvedColumn, Table } from '../model.ts';

/** A dataset on its way to one scale and seed. */
export interface Resolving {
  readonly dataset: Dataset;
  readonly tables: ReadonlyMap<string, Table>;
  readonly seed: number;
  readonly scale: number;
  /** By display name of the table. */
  readonly rows: Map<string, number>;
  /** By address, as far as they are resolved. */
  readonly columns: Map<string, ResolvedColumn>;
  /** Other generators, because a CHECK would not be kept otherwise; by address. */
  readonly replaced: Map<string, Generator<string>>;
  readonly notes: string[];
  /** What no rows can satisfy. */
  readonly problems: Problem[];
}

interface Problem {
  /** Display name. */
  readonly table: string;
  readonly issue: Issue;
}

export function complain(table: string, issue: Issue, { problems }: Resolving): void {
  const isKnown = problems.some(
    ({ issue: { path, message } }) => path === issue.path && message === issue.message,
  );
  if (!isKnown) problems.push({ table, issue });
}

export const isImpossible = (table: string, { problems }: Resolving): boolean =>
  problems.some((problem) => problem.table === table);

/** What making the values shows to be impossible is a problem of the table; undefined then. */
export function attempt<Result>(
  { display, at }: Table,
  resolving: Resolving,
  make: () => Result,
): Result | undefined {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'dataset.impossible') throw error;
    const { message, hint } = error;
    complain(display, { ...at, message, ...(hint === undefined ? {} : { hint }) }, resolving);
    return undefined;
  }
}
