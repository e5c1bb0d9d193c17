import { formatSize } from '../../units.ts';
import type { Container } from './engine.ts';
import type { ContainerLimits } from './limits.ts';

/** A sentence without its subject: `exit code 137, out of memory (its limit is 64 MB)`. */
export async function howItEnded(container: Container, { memory }: ContainerLimits): Promise<string> {
  const state = await container.inspect().then(
    ({ State }) => State,
    () => undefined,
  );
  if (state === undefined) return 'its container was removed';
  const reason = state.OOMKilled
    ? `, out of memory${memory === undefined ? '' : ` (its limit is ${formatSize(memory)})`}`
    : '';
  return `exit code ${state.ExitCode}${reason}`;
}
