import { printable } from '../errors.ts';

/** To stdout; names from servers and files may hold what a terminal obeys. */
export const toStdout = (text: string): void => void process.stdout.write(forTerminal(text));

/** To stderr. */
export const toStderr = (text: string): void => void process.stderr.write(forTerminal(text));

/** Colours (ECMA-48, SGR) are ours, and harmless where they are not. */
const COLOURS = new RegExp(`(${String.fromCharCode(27)}\\[[\\d;]*m)`);

export const forTerminal = (text: string): string =>
  text
    .split(COLOURS)
    .map((part, n) => (n % 2 === 1 ? part : printable(part)))
    .join('');
