import { redact } from '../errors.ts';

/** A password in an argument stands in the list of processes until somebody overwrites it; the title does. */
export function hideSecrets(): void {
  const words = process.argv.slice(2);
  const shown = words.map(redact);
  if (shown.some((word, index) => word !== words[index])) process.title = `rehearse ${shown.join(' ')}`;
}
