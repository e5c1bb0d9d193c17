import { messageOf } from '../errors.ts';
import {
  schemaFacts,
  sharedChanges,
  sharedFacts,
  unreadable,
  withoutDatabase,
  withSchema,
  type SharedFacts,
} from '../observer/index.ts';
import type { SchemaFact } from '../result/index.ts';
import { SHIELD, withSession, withShieldedSession, type ConnectionSettings } from '../target/index.ts';
import { formatCount } from '../units.ts';

export interface SharedSurroundings {
  /** Some database of the server, which stays. */
  readonly connection: ConnectionSettings;
  /** Whether its schema is compared as well: a tool may know it by a configuration of its own. */
  readonly schema?: boolean;
  readonly work: 'run' | 'load';
  /** A database that is made or filled meanwhile: of it nothing is told. */
  readonly apartFrom?: string;
  readonly warn: (sentence: string) => void;
  readonly onChanges?: (changes: readonly string[]) => void;
}

/** Tells, when it is given back, what is different of what belongs to the whole server since it was begun. */
export class SharedWatch implements AsyncDisposable {
  #surroundings: SharedSurroundings;
  readonly #before: SharedFacts;

  private constructor(surroundings: SharedSurroundings, before: SharedFacts) {
    this.#surroundings = surroundings;
    this.#before = before;
  }

  static async begin(surroundings: SharedSurroundings): Promise<SharedWatch> {
    return new SharedWatch(surroundings, await factsOf(surroundings));
  }

  static async during<Value>(surroundings: SharedSurroundings, work: () => Promise<Value>): Promise<Value> {
    const watch = await SharedWatch.begin(surroundings);
    try {
      return await work();
    } finally {
      await watch[Symbol.asyncDispose]();
    }
  }

  /** The work is done in that database after all. */
  leaveSchema(): void {
    this.#surroundings = { ...this.#surroundings, schema: false };
  }

  /** What this role may not read of it, a sentence each. */
  get unseen(): readonly string[] {
    return unreadable(this.#before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { work, warn, onChanges } = this.#surroundings;
    try {
      const changes = sharedChanges(this.#before, await factsOf(this.#surroundings));
      if (changes.length === 0) return;
      onChanges?.(changes);
      warn(changesSentence(work, changes));
    } catch (error) {
      warn(`what changed on the whole server meanwhile could not be seen: ${messageOf(error)}`);
    }
  }
}

async function factsOf({ connection, apartFrom, schema = false }: SharedSurroundings): Promise<SharedFacts> {
  const facts = await withShieldedSession(connection, sharedFacts);
  if (apartFrom !== undefined) return withoutDatabase(facts, apartFrom);
  return schema ? withSchema(facts, connection.database, await schemaOf(connection)) : facts;
}

const schemaOf = (connection: ConnectionSettings): Promise<readonly SchemaFact[]> =>
  withSession(connection, 'audit', schemaFacts, { settings: SCHEMA_SETTINGS });

/** Where somebody else migrates it, nobody waits for him. */
const SCHEMA_SETTINGS = { ...SHIELD, lock_timeout: '5s' };

const MOST = 12;

/** Others may have done it as well. */
export function changesSentence(work: SharedSurroundings['work'], changes: readonly string[]): string {
  const more = changes.length - MOST;
  const told = [...changes.slice(0, MOST), ...(more > 0 ? [`and ${formatCount(more)} more`] : [])];
  return `while the ${work} went on, on the whole server, where nobody puts it back: ${told.join('; ')}`;
}
