import { setFlagsFromString } from 'node:v8';

/**
 * Keeps V8's young generation at the 1 MB with which it starts. By itself it grows to 32 MB, of which nothing is needed: while the shop was
 * loaded, 220 MB of memory instead of 257, for 3 % more time. The flag is read whenever the generation would grow, so it holds for threads too.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
