import type { Arrival, TrafficError } from './arrival.ts';
import type { EntryError } from './recording.ts';

/** One line for each entry, phase, class and SQLSTATE, with the first one as a sample. */
export class ErrorLog {
  readonly #seen = new Map<string, EntryError>();

  /** `overcome`: it was tried again afterwards. */
  add({ entry, phase }: Arrival, error: TrafficError, how: 'count' | 'overcome'): void {
    const key = `${entry} ${phase} ${error.class} ${error.sqlState ?? ''}`;
    const seen = this.#seen.get(key) ?? {
      entry,
      phase,
      class: error.class,
      ...(error.sqlState === undefined ? {} : { sqlState: error.sqlState }),
      message: error.message,
      statement: error.statement,
      count: 0,
      overcome: 0,
    };
    this.#seen.set(key, { ...seen, [how]: seen[how] + 1 });
  }

  get entries(): readonly EntryError[] {
    return [...this.#seen.values()];
  }
}

/** The same of several workers. */
export function addedErrors(lists: readonly (readonly EntryError[])[]): readonly EntryError[] {
  const seen = new Map<string, EntryError>();
  for (const error of lists.flat()) {
    const key = `${error.entry} ${error.phase} ${error.class} ${error.sqlState ?? ''}`;
    const known = seen.get(key);
    seen.set(
      key,
      known === undefined
        ? error
        : { ...known, count: known.count + error.count, overcome: known.overcome + error.overcome },
    );
  }
  return [...seen.values()];
}
