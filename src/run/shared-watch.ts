import { messageOf } from '../errors.ts';
import {
  sharedChanges,
  sharedFacts,
  sharedLeftovers,
  unreadable,
  type SharedFacts,
} from '../observer/index.ts';
import { withShieldedSession, type ConnectionSettings } from '../target/index.ts';
import { formatCount } from '../units.ts';

import type { Draft } from './draft.ts';

export interface SharedSurroundings {
  /** Some database of the server, which stays. */
  readonly connection: ConnectionSettings;
  readonly draft: Draft;
  readonly warn: (sentence: string) => void;
}

/** Tells, when it is given back, what is different of what belongs to the whole server since it was begun. */
export class SharedWatch implements AsyncDisposable {
  readonly #surroundings: SharedSurroundings;
  readonly #before: SharedFacts;

  private constructor(surroundings: SharedSurroundings, before: SharedFacts) {
    this.#surroundings = surroundings;
    this.#before = before;
  }

  static async begin(surroundings: SharedSurroundings): Promise<SharedWatch> {
    return new SharedWatch(surroundings, await withShieldedSession(surroundings.connection, sharedFacts));
  }

  /** What this role may not read of it, a sentence each. */
  get unseen(): readonly string[] {
    return unreadable(this.#before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { connection, draft, warn } = this.#surroundings;
    try {
      const after = await withShieldedSession(connection, sharedFacts);
      const changes = sharedChanges(this.#before, after);
      if (changes.length === 0) return;
      draft.add({ leftovers: [...draft.measured.leftovers, ...sharedLeftovers(changes)] });
      warn(changesSentence(changes));
    } catch (error) {
      warn(`what changed on the whole server meanwhile could not be seen: ${messageOf(error)}`);
    }
  }
}

const MOST = 12;

/** Others may have done it as well. */
export function changesSentence(changes: readonly string[]): string {
  const more = changes.length - MOST;
  const told = [...changes.slice(0, MOST), ...(more > 0 ? [`and ${formatCount(more)} more`] : [])];
  return `while the run went on, on the whole server, where nobody puts it back: ${told.join('; ')}`;
}
