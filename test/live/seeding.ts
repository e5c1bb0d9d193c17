import type { DatasetCache, DatasetEntry, DatasetFacts, SeedingPlace } from '#rooms/target/index.js';

export const FACTS: DatasetFacts = {
  dataset: 'shop',
  scale: 0.01,
  seed: 42,
  rows: 4_500,
  loading: { seconds: 1.5 },
  card: { tables: [] },
};

const NOBODY_WAITS = {
  signal: new AbortController().signal,
  onWait: () => {
    throw new Error('somebody else is loading it');
  },
};

/** A place that nobody else wants. */
export async function seedingPlace(cache: DatasetCache, key: string): Promise<SeedingPlace> {
  const obtained = await cache.obtain(key, NOBODY_WAITS);
  if (obtained.kind === 'entry') throw new Error(`${key} is in the cache already`);
  return obtained.place;
}

/** An entry that holds an empty cluster. */
export async function publishedEmpty(cache: DatasetCache, key: string): Promise<DatasetEntry> {
  await using place = await seedingPlace(cache, key);
  return await place.publish({ ...FACTS, dataset: key });
}
