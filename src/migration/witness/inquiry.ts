import { closeMessage, cString, message, readRow, SYNC } from '../../target/index.ts';
import { FACT_COLUMNS, FACTS, FACTS_WITHOUT_LOCKS, factsIn, type SessionFacts } from '../facts.ts';

import { HEADER } from './frames.ts';
import { SERVER, statusOf, type TransactionStatus } from './protocol.ts';

/** Of statement and portal: nobody else's. */
const NAME = 'rehearse_witness';

const NONE = Buffer.alloc(2);

/**
 * Asks by the extended protocol and under a name of its own, for a simple Query would destroy the unnamed statement of the session's owner (manual,
 * 55.2.3). Parsed anew each time: DISCARD or DEALLOCATE may have dropped it, and a Bind to nothing would fail the owner's transaction.
 */
const inquiryOf = (sql: string): Buffer =>
  Buffer.concat([
    closeMessage(NAME),
    message('P', cString(NAME), cString(sql), NONE),
    message('B', cString(NAME), cString(NAME), NONE, NONE, NONE),
    message('E', cString(NAME), Buffer.alloc(4)),
    message('C', Buffer.from('P'), cString(NAME)),
    closeMessage(NAME),
    SYNC,
  ]);

export const FACTS_INQUIRY = inquiryOf(FACTS);
export const INQUIRY_WITHOUT_LOCKS = inquiryOf(FACTS_WITHOUT_LOCKS);

export interface Answered {
  /** Undefined: the server refused, with this error. */
  readonly facts: SessionFacts | undefined;
  readonly error: Buffer | undefined;
  readonly ready: Buffer;
  readonly status: TransactionStatus;
}

/** The answers to one inquiry; none of them is the client's. */
export class Inquiry {
  readonly #rows: Readonly<Record<string, string>>[] = [];
  #error: Buffer | undefined;

  /** Undefined while there is more to come. */
  receive(type: number, frame: Buffer): Answered | undefined {
    if (type === SERVER.dataRow) {
      const values = readRow(frame, HEADER);
      this.#rows.push(Object.fromEntries(FACT_COLUMNS.map((name, index) => [name, values[index] ?? ''])));
    }
    if (type === SERVER.error) this.#error = Buffer.from(frame);
    if (type !== SERVER.ready) return undefined;
    return {
      facts: this.#error === undefined ? factsIn(this.#rows) : undefined,
      error: this.#error,
      ready: Buffer.from(frame),
      status: statusOf(frame),
    };
  }
}
