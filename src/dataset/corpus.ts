import { fakerPool } from './faker-pool.ts';
import { constants, type Page } from './page.ts';

export interface Corpus {
  /** Words with one blank between. ASCII. */
  readonly text: string;
  /** The text's bytes. */
  readonly page: Page;
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
    const text = words.join(' ');
    const longestWord = Math.max(...words.map((word) => word.length));
    made = { text, page: constants([Buffer.from(text, 'latin1')]).page, starts, longestWord };
  }
  return made;
}
