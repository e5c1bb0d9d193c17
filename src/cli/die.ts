import { asFailure, redact } from '../errors.ts';

/** Says what went wrong on stderr and ends with its exit code, once everything that is open has ended. */
export function die(thrown: unknown): void {
  const failure = asFailure(thrown);
  const { message, where, hint } = failure;
  const lines = [
    `rehearse: ${where === undefined ? '' : `${where}: `}${message}`,
    ...(hint === undefined ? [] : [`  hint: ${hint}`]),
  ];
  process.stderr.write(`${redact(lines.join('\n'))}\n`);
  if (process.env['REHEARSE_DEBUG'] !== undefined)
    process.stderr.write(`${redact(stackOf(failure.cause ?? failure))}\n`);
  process.exitCode = failure.exitCode;
}

const stackOf = (thrown: unknown): string =>
  thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
