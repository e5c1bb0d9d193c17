import type { ResolvedDataset } from '../dataset/index.ts';
import { Failure } from '../errors.ts';
import type { ConnectionSettings } from '../target/index.ts';

import { cardComplaints } from './card-lines.ts';
import { crewSession, newCrew } from './crew.ts';
import { seedFailure } from './failure.ts';
import { openSession } from './session.ts';
import { readStateCard } from './state.ts';
import type { StateCard } from './state-card.ts';

export interface VerifyOptions {
  readonly connection: ConnectionSettings;
  readonly dataset: ResolvedDataset;
  /** Counts rows, NULLs and distinct values instead of reading estimates, and hashes all rows. */
  readonly exact?: boolean;
  readonly signal: AbortSignal;
}

/**
 * Compares a loaded database with the dataset; `cardComplaints` tells what is beyond its tolerance. Changes nothing. Throws
 * `Failure('seed.failed')` for what the server refuses, `target.lost`, and `interrupted` once the signal is aborted.
 */
export async function verifyDataset(options: VerifyOptions): Promise<StateCard> {
  const { connection, dataset, exact = false, signal } = options;
  signal.throwIfAborted();
  try {
    await using session = await crewSession(newCrew(signal), () =>
      openSession({ connection, ownServer: false }),
    );
    return await readStateCard(session, dataset, { exact, counted: new Map() });
  } catch (error) {
    if (signal.aborted)
      throw new Failure('interrupted', { message: 'verifying was interrupted', cause: error });
    throw seedFailure(error, { doing: 'verifying', where: `dataset ${dataset.name}` });
  }
}

/** Throws `Failure('seed.failed')` with the lines of the card that are beyond their tolerance. */
export function requireGood(card: StateCard): void {
  const complaints = cardComplaints(card);
  if (complaints.length === 0) return;
  throw new Failure('seed.failed', {
    message: `it is not in the state that was asked for:\n${complaints.map((line) => `  ${line}`).join('\n')}`,
    where: `dataset ${card.dataset}`,
    hint: 'widen the tolerance under expect: in the dataset file, or ask for what the columns can give',
  });
}
