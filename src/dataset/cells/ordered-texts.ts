import { corpus } from '../corpus.ts';
import { fakerPool } from '../faker-pool.ts';
import { shareOf } from '../fan-out.ts';
import type { FakerGenerator, TextGenerator, Value } from '../generator.ts';

import type { Scope } from './cell.ts';
import { fakerLiteral, widest } from './faker.ts';
import { chosen, compareValues, even, type OrderedSources, type Place } from './ordered-sources.ts';

export function orderedFaker(
  { method, max, unique, refDate }: FakerGenerator,
  { scope, distinct }: Place,
): OrderedSources {
  const counts = new Map<Value, number>();
  for (const one of fakerPool(method, scope.seed, refDate)) {
    const value = fakerLiteral(one, scope.type, max);
    if (value !== undefined && !Array.isArray(value)) counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  const values = [...counts.keys()].toSorted((one, other) => compareValues(one, other, undefined));
  if (!unique && !distinct)
    return chosen(
      values,
      values.map((value) => counts.get(value) ?? 0),
    );
  return prefixed(values.map(String), scope, max, unique);
}

let sortedStarts: readonly string[] | undefined;
const LONGEST_PREFIX = 60;

/** Pieces of the corpus in byte order. */
function sortedPieces(): readonly string[] {
  if (sortedStarts === undefined) {
    const { text, starts } = corpus();
    const pieces = Array.from(starts.subarray(0, -12), (start) =>
      text.slice(start, start + LONGEST_PREFIX).trimEnd(),
    );
    sortedStarts = [...new Set(pieces)].toSorted();
  }
  return sortedStarts;
}

export function orderedTexts({ max, unique }: TextGenerator, { scope, distinct }: Place): OrderedSources {
  return prefixed(sortedPieces(), scope, max, unique || distinct);
}

/** With the number of the source behind, in as many digits for all, where there are not enough values. */
function prefixed(
  values: readonly string[],
  scope: Scope,
  max: number | undefined,
  unique: boolean,
): OrderedSources {
  const { rows } = scope;
  const digits = String(rows).length;
  const suffix = unique && rows > values.length;
  const room = Math.max(0, (max ?? Infinity) - (suffix ? digits + 1 : 0));
  return even(
    (source) => {
      const piece = (values[shareOf(source, values.length, rows)] ?? '').slice(0, room).trimEnd();
      return suffix ? `${piece}.${String(source).padStart(digits, '0')}` : piece;
    },
    widest(values) + digits + 1,
    rows,
  );
}
