import { fakerPool } from './faker-pool.ts';

export interface Corpus {
  /** Words with one blank between. ASCII. */
  readonly text: string;
  /** Where each word begins; at the end, where a next one would. */
  readonly starts: Uint32Array;
  readonly longestWord: number;
}

let made: Corpus | undefined;

/** Running text of some 200 kB, the same for every seed, from which texts of any width are cut. */
export function corpus(): Corpus {
  if (made === undefined) {
    const words = fakerPool('lorem.paragraph', 0, 0, 1_500).join(' ').split(/\s+/);
    const starts = new Uint32Array(words.length + 1);
    words.forEach((word, index) => (starts[index + 1] = (starts[index] ?? 0) + word.length + 1));
    made = { text: words.join(' '), starts, longestWord: Math.max(...words.map((word) => word.length)) };
  }
  return made;
}
