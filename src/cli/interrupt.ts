import { EXIT_CODES } from '../errors.ts';

export interface Interrupt {
  readonly signal: AbortSignal;
  release(): void;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** One Ctrl-C may come twice: from the terminal, and passed on by `npm run` or `timeout`. */
const SAME = 300;

/** The first signal ends the work in order; the next one ends the process: the keeper of the server cleans up. */
export function onInterrupt(then = 'a partial report will be written'): Interrupt {
  const controller = new AbortController();
  let isOffered = false;
  let offer: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    if (isOffered) process.exit(EXIT_CODES.interrupted);
    if (controller.signal.aborted) return;
    process.stderr.write(`\ninterrupted: stopping, ${then}\n`);
    controller.abort();
    offer = setTimeout(() => {
      isOffered = true;
      process.stderr.write('(once more to stop at once)\n');
    }, SAME);
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  return {
    signal: controller.signal,
    release: () => {
      clearTimeout(offer);
      for (const signal of SIGNALS) process.off(signal, interrupt);
    },
  };
}
