/* `decimate`: as many points as a picture can show. */

export type Point = readonly [x: number, y: number | undefined];

/**
 * Of every pixel column the first, the lowest, the highest and the last point: drawn as a line it covers the very same pixels as all of them
 * (M4; Jugel and others, VLDB 2014). Points are in the order of x; an absent value stays a gap.
 */
export function decimate(points: readonly Point[], columns: number): readonly Point[] {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length <= 4 * columns) return points;
  const width = (last[0] - first[0]) / columns || 1;
  const buckets = new Map<number, Point[]>();
  for (const point of points) {
    const column = Math.floor((point[0] - first[0]) / width);
    const bucket = buckets.get(column);
    if (bucket === undefined) buckets.set(column, [point]);
    else bucket.push(point);
  }
  return [...buckets.values()].flatMap(extremes);
}

function extremes(bucket: readonly Point[]): readonly Point[] {
  const measured = bucket.filter(([, y]) => y !== undefined);
  const gap = bucket.find(([, y]) => y === undefined);
  const by = (better: (a: number, b: number) => boolean): Point | undefined =>
    measured.reduce<Point | undefined>(
      (best, point) => (best === undefined || better(point[1] ?? 0, best[1] ?? 0) ? point : best),
      undefined,
    );
  const kept = new Set([bucket[0], gap, by((a, b) => a < b), by((a, b) => a > b), bucket.at(-1)]);
  return bucket.filter((point) => kept.has(point));
}
