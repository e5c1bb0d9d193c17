import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** Time for a tool to put its own affairs in order. */
const TERM_GRACE = 5_000;
/** After the command itself has ended, for what it printed last. */
const OUTPUT_GRACE = 500;

/**
 * A shell that ends the group of the command when the harness is gone, also by SIGKILL: its standard input is a pipe from the harness. The first line
 * names the group, a second one means that all is well. Signals by number: dash takes no names before a group.
 */
const GUARD =
  'read -r group || exit 0; if read -r _; then exit 0; fi; kill -15 "-$group" 2>/dev/null; sleep 2; kill -9 "-$group" 2>/dev/null';

/** Ends all processes of a command: when it is told to, when the command has ended, and when the harness dies. */
export class ProcessGroup<Child extends ChildProcess> implements Disposable {
  readonly #child: Child;
  readonly #guard: ChildProcess;
  #deadline: NodeJS.Timeout | undefined;

  /** The guard is there before the command: a Ctrl-C to the terminal could else hit it while it leaves the harness's own group. */
  constructor(start: () => Child) {
    this.#guard = spawn('/bin/sh', ['-c', GUARD, 'rehearse-guard'], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
      env: {},
    });
    this.#guard.on('error', () => undefined);
    this.#guard.stdin?.on('error', () => undefined);
    this.#guard.unref();
    this.#child = start();
    if (this.#child.pid !== undefined) this.#guard.stdin?.write(`${this.#child.pid}\n`);
  }

  get command(): Child {
    return this.#child;
  }

  /** Asks all to end, then makes them. */
  end(): void {
    this.#send('SIGTERM');
    this.#deadline = setTimeout(() => this.#send('SIGKILL'), TERM_GRACE);
  }

  /**
   * Resolves when the command itself has ended: undefined for success, else how. Whatever it left in the background does not count, and does not
   * survive; a process that left the group may keep the output open, so that is not waited for.
   */
  async ended(): Promise<string | undefined> {
    const how = await new Promise<string | undefined>((resolve) => {
      this.#child.on('error', (error) => resolve(error.message));
      this.#child.on('exit', (code, killedBy) =>
        resolve(code === 0 ? undefined : `ended with ${killedBy ?? `exit code ${code ?? '?'}`}`),
      );
    });
    this.#send('SIGKILL');
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) await this.#lastOutput();
    return how;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#deadline);
    this.#guard.stdin?.end('done\n');
  }

  async #lastOutput(): Promise<void> {
    const closed = once(this.#child, 'close');
    const over = new AbortController();
    const late = new Promise((resolve) => {
      const timer = setTimeout(resolve, OUTPUT_GRACE);
      over.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    await Promise.race([closed, late]);
    over.abort();
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.destroy();
  }

  #send(signal: NodeJS.Signals): void {
    if (this.#child.pid === undefined) return;
    try {
      process.kill(-this.#child.pid, signal);
    } catch {
      // All of it has ended.
    }
  }
}
