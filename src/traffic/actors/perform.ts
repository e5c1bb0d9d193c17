import type { Actor } from '../../plan/index.ts';

import { dump } from './dump.ts';
import type { Turn } from './turn.ts';

type Only<Kind extends Actor['kind']> = Extract<Actor, { readonly kind: Kind }>;

/** One turn. Rejects when the run ends, with the error of a statement that fails or is cancelled, or when the session is lost. */
export async function perform(actor: Actor, turn: Turn): Promise<void> {
  switch (actor.kind) {
    case 'report':
    case 'idle-in-transaction':
      await holdTransaction(actor, turn);
      break;
    case 'dump':
      await dump(actor, turn);
      break;
    case 'batch':
      await writeBatches(actor, turn);
      break;
    case 'vacuum':
    case 'analyze':
      await maintain(actor, turn);
      break;
  }
}

/** Cost: one snapshot for the whole turn: vacuum removes no row that died after it. 14–18. */
const BEGIN_REPORT = 'BEGIN ISOLATION LEVEL REPEATABLE READ';
/** At the default isolation level, as a forgotten transaction; holds its locks, its snapshot only if it wrote. 14–18. */
const BEGIN = 'BEGIN';
const COMMIT = 'COMMIT';

async function holdTransaction(
  { kind, query, duration }: Only<'report' | 'idle-in-transaction'>,
  turn: Turn,
): Promise<void> {
  await turn.work(kind === 'report' ? BEGIN_REPORT : BEGIN);
  do await turn.work(query);
  while (kind === 'report' && !turn.isOver);
  await turn.pause(duration);
  await turn.conclude(COMMIT);
}

/** One statement without BEGIN is a transaction of its own. */
async function writeBatches({ query, pause, duration }: Only<'batch'>, turn: Turn): Promise<void> {
  do {
    const { rowCount } = await turn.work(query);
    if (rowCount === 0 && duration === undefined) return;
    await turn.pause(pause);
  } while (!turn.isOver);
}

/** Cost: that of the command on the tables, or on all that the user may vacuum or analyze. Outside of a transaction block. 14–18. */
async function maintain(
  { command, tables, duration }: Only<'vacuum' | 'analyze'>,
  turn: Turn,
): Promise<void> {
  const quoted = (tables ?? []).map((table) => table.quoted).join(', ');
  do await turn.work(`${command} ${quoted}`);
  while (duration !== undefined && !turn.isOver);
}
