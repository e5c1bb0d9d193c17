import { permutation, rankSampler, RandomDraws, randomKey } from '../../statistics/index.ts';
import { densities } from '../curve.ts';
import type { IndexedGenerator } from '../generator.ts';
import type { ResolvedColumn } from '../model.ts';
import { correlationOfRanks, rankOrder } from '../rank-order.ts';
import { evenChoice, weightedChoice, type SourceChoice } from '../source-choice.ts';

import { keyOf, remapped, type Cell, type Scope } from './cell.ts';
import type { MakeCell } from './make-cell.ts';
import type { OrderedSources } from './ordered-sources.ts';
import { orderedSources } from './ordered.ts';

type Indexed = IndexedGenerator<ResolvedColumn>;

/**
 * Rows without a NULL take places one after the other; a bijection gives each place a rank; a rank takes a source; a
 * source has one value. So all the sources appear, and where sources and ranks grow together, the values do.
 */
export function indexedCell(generator: Indexed, scope: Scope, make: MakeCell): Cell {
  const present = Math.max(1, scope.nulls?.present ?? scope.rows);
  const sources = Math.max(1, generator.distinct ?? present);
  const inner = { ...scope, rows: sources, nulls: undefined };
  const { cell, sourceOf } =
    generator.correlation === undefined && !COUNTED_OUT.includes(generator.of.kind)
      ? scattered(generator, present, inner, make)
      : correlated(generator, present, { scope: inner, make });
  const placeOf = scope.nulls?.placeOf;
  return remapped(cell, placeOf === undefined ? sourceOf : (row) => sourceOf(placeOf(row)));
}

/** Those that have as many different values as are asked for only when they are counted out in their order. */
const COUNTED_OUT: readonly string[] = ['number', 'series', 'special', 'choice', 'boolean'];

interface Arranged {
  readonly cell: Cell;
  /** From the place of a row among those that are not NULL. */
  readonly sourceOf: (place: number) => number;
}

/** Where the sources are not alike, the first ranks cover each once and the others draw. */
function scattered({ of, distribution }: Indexed, present: number, scope: Scope, make: MakeCell): Arranged {
  const rankOf = permutation(present, keyOf(scope, 'order'));
  const cell = make(of.kind === 'reference' ? { ...of, pick: { kind: 'scattered' } } : of, scope);
  if (distribution.kind === 'uniform') {
    const choose = evenChoice(present, scope.rows);
    return { cell, sourceOf: (place) => choose(rankOf(place)) };
  }
  const draw = rankSampler(distribution, scope.rows);
  const draws = new RandomDraws(randomKey(scope.seed, ...scope.path, 'source'));
  return {
    cell,
    sourceOf: (place) => {
      const rank = rankOf(place);
      return rank < scope.rows ? rank : draw(draws.at(rank));
    },
  };
}

function correlated(
  { of, distribution, distinct, correlation }: Indexed,
  present: number,
  { scope, make }: { readonly scope: Scope; readonly make: MakeCell },
): Arranged {
  const sources = orderedSources(of, { scope, make, distinct: distinct !== undefined });
  const weights = distribution.kind === 'uniform' ? sources.weights : densities(distribution, sources.count);
  const choose: SourceChoice =
    weights === undefined ? evenChoice(present, sources.count) : weightedChoice(present, weights);
  const ofRanks =
    correlation === undefined ? 0 : (correlationOfRanks(correlation, sharesOf(sources, weights)) ?? -1);
  const rankOf = rankOrder(present, ofRanks, keyOf(scope, 'order'));
  return { cell: sources.cell, sourceOf: (place) => choose(rankOf(place)) };
}

/** Shares of the values in their order; empty where there are too many to matter. */
export function sharesOf(
  { count }: OrderedSources,
  weights: ArrayLike<number> | undefined,
): readonly number[] {
  if (count > FEW_VALUES) return [];
  const all = Array.from({ length: count }, (_, source) => weights?.[source] ?? 1);
  const total = all.reduce((sum, one) => sum + one, 0);
  return all.map((one) => one / total);
}

const FEW_VALUES = 1_000;
