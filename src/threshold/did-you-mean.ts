import { closest, distance } from 'fastest-levenshtein';

/** The likely name, where one is near; else all of them. */
export function didYouMean(found: string, known: readonly string[]): string {
  const nearest = closest(found, known);
  const near = distance(found, nearest) <= Math.max(2, Math.floor(found.length / 3));
  return near ? `did you mean ${nearest}?` : `one of: ${known.join(', ')}`;
}
