import { redact } from '../errors.ts';

/** A password in an argument stands in the list of processes until somebody overwrites it; the title does. */
export function hideSecrets(): void {
  const words = process.argv.slice(2);
  const shown = words.map(withoutSecrets);
  if (shown.some((word, index) => word !== words[index])) process.title = `rehearse ${shown.join(' ')}`;
}

/** One argument: of a connection string with a password, or with anything that might hold one, only the place. */
export function withoutSecrets(word: string): string {
  const [, option = '', value = ''] = /^(--?[\w-]+=)?(.*)$/s.exec(word) ?? [];
  const [, scheme, rest = ''] = /^([a-z][a-z0-9+.-]*:\/\/)(.*)$/is.exec(value) ?? [];
  if (scheme !== undefined) return `${option}${scheme}${addressOf(rest)}`;
  return /password\s*=/i.test(value) ? `${option}***` : `${option}${redact(value)}`;
}

/** What follows the scheme of a URL. */
function addressOf(rest: string): string {
  // A password may hold what nobody has encoded: then nobody knows where it ends.
  if (/\?.*@/s.test(rest)) return '***';
  const [, account, place = '', parameters = ''] = /^(?:(.*)@)?([^?]*)(.*)$/s.exec(rest) ?? [];
  const isOpen = account?.includes(':') !== true && !/[%=]/.test(parameters);
  return isOpen ? rest : `***@${place}`;
}
