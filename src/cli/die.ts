import { asFailure, Failure, printable, redact } from '../errors.ts';

/** Says what went wrong on stderr and ends with its exit code, once everything that is open has ended. */
export async function die(thrown: unknown): Promise<void> {
  const failure = await understood(thrown);
  const { message, where, hint } = failure;
  const lines = [
    `rehearse: ${where === undefined ? '' : `${where}: `}${message}`,
    ...(hint === undefined ? [] : [`  hint: ${hint}`]),
  ];
  say(lines.join('\n'));
  if (process.env['REHEARSE_DEBUG'] !== undefined) say(stackOf(failure.cause ?? failure));
  process.exitCode = failure.exitCode;
}

/** What a server said is no defect of ours. Loaded now, for most ends need nothing of servers. */
async function understood(thrown: unknown): Promise<Failure> {
  if (thrown instanceof Failure) return thrown;
  const { serverFailure } = await import('../target/index.ts');
  return serverFailure(thrown) ?? asFailure(thrown);
}

const say = (text: string): void => void process.stderr.write(`${printable(redact(text))}\n`);

const stackOf = (thrown: unknown): string =>
  thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
