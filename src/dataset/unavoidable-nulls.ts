import { RandomDraws, randomKey } from '../statistics/index.ts';

import type { Generator } from './generator.ts';
import type { ResolvedColumn } from './model.ts';
import { columnCell } from './sampler.ts';

/** Rows of a column that are NULL whatever share is asked for: the generator finds no value for them. */
export interface UnavoidableNulls {
  readonly share: number;
  /** Five standard errors of the share; 0 where all rows were looked at. */
  readonly error: number;
  /** Of the table. */
  readonly rows: number;
  /** Continues "1,000 of 20,000 rows are NULL". */
  readonly reason: string;
}

/** Looking at as many takes some 50 ms. */
const MOST_LOOKED_AT = 100_000;

/** Undefined where there are none, or where no share of NULLs is asked for. */
export function unavoidableNulls(column: ResolvedColumn): UnavoidableNulls | undefined {
  const { generator, rows, nullFrac, seed, table, name } = column;
  if (nullFrac === 0 || rows === 0 || !mayFindNothing(generator)) return undefined;
  const { cell } = columnCell(column).nullable ?? { cell: columnCell(column) };
  const looks = Math.min(rows, MOST_LOOKED_AT);
  const draws = new RandomDraws(randomKey(seed, table, name, 'look'));
  // One row of each of as many equal stretches: parents whose children stand together come alike.
  const lookAt = (look: number): number =>
    looks === rows ? look : Math.min(rows - 1, Math.floor(((look + draws.at(look).next()) * rows) / looks));
  let found = 0;
  for (let look = 0; look < looks; look++) if (cell.value(lookAt(look)) === null) found++;
  if (found === 0 && looks === rows) return undefined;
  return {
    share: found / looks,
    // One more than was found: none found does not mean that there is none.
    error: looks === rows ? 0 : (5 * Math.sqrt(found + 1)) / looks,
    rows,
    reason: reasonOf(generator, table),
  };
}

type Resolved = Generator<ResolvedColumn>;

const mayFindNothing = (generator: Resolved): boolean =>
  generator.kind === 'indexed' || generator.kind === 'range'
    ? mayFindNothing(generator.of)
    : MAY_FIND_NOTHING.includes(generator.kind);

const MAY_FIND_NOTHING: readonly Resolved['kind'][] = [
  'reference',
  'after',
  'branch',
  'choice',
  'distinct-choice',
];

function reasonOf(generator: Resolved, table: string): string {
  if (generator.kind === 'after') return `because ${generator.base.name} is`;
  if (generator.kind !== 'reference') return 'by the way their values come about';
  const { key, pick } = generator;
  const alike = pick.kind === 'within' ? ` with the same ${pick.owner.draw}` : '';
  if (key.table === table) return `for want of an earlier row${alike}`;
  return `for want of a row of ${key.table}${alike} that has a ${key.name}`;
}
