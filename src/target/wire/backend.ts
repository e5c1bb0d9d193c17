/** One message of the server: its type byte and the place of its body in `buffer`, valid during the call only. */
export type OnMessage = (type: number, buffer: Buffer, from: number, to: number) => void;

const HEADER = 5;
const DATA_ROW = 0x44; // 'D'

/**
 * Cuts what the socket delivers into messages (manual, 55.2). Rows that nobody wants are stepped over without being gathered,
 * however large.
 */
export class MessageReader {
  /** Whether the rows to come are wanted. */
  wantsRows = false;
  readonly #onMessage: OnMessage;
  /** A message that has not come in full: its pieces, their length, and how long they must be to be read. */
  #pieces: Buffer[] = [];
  #gathered = 0;
  #needed = 0;
  #toSkip = 0;

  constructor(onMessage: OnMessage) {
    this.#onMessage = onMessage;
  }

  /** `chunk` may be used for something else afterwards. */
  feed(chunk: Buffer, length: number): void {
    if (this.#gathered === 0) {
      const used = this.#read(chunk, length);
      if (used < length) this.#gather(Buffer.from(chunk.subarray(used, length)));
      return;
    }
    this.#gather(Buffer.from(chunk.subarray(0, length)));
    if (this.#gathered < this.#needed) return;
    const joined = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#gathered = 0;
    const used = this.#read(joined, joined.length);
    if (used < joined.length) this.#gather(joined.subarray(used));
  }

  /** A big row comes in hundreds of pieces: they are put together once. */
  #gather(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#gathered += piece.length;
  }

  /** How many bytes it is done with. */
  #read(buffer: Buffer, length: number): number {
    let at = Math.min(this.#toSkip, length);
    this.#toSkip -= at;
    while (at + HEADER <= length) {
      const type = buffer[at] ?? 0;
      const end = at + 1 + buffer.readInt32BE(at + 1);
      if (type === DATA_ROW && !this.wantsRows) {
        this.#toSkip = Math.max(0, end - length);
        at = Math.min(end, length);
        continue;
      }
      if (end > length) {
        this.#needed = end - at;
        return at;
      }
      this.#onMessage(type, buffer, at + HEADER, end);
      at = end;
    }
    this.#needed = HEADER;
    return at;
  }
}

/** Text of each column of a DataRow, as the server sends it; null for NULL. */
export function readRow(buffer: Buffer, from: number): (string | null)[] {
  const values: (string | null)[] = [];
  let at = from + 2;
  for (let left = buffer.readInt16BE(from); left > 0; left--) {
    const length = buffer.readInt32BE(at);
    at += 4;
    values.push(length < 0 ? null : buffer.toString('utf8', at, at + length));
    if (length > 0) at += length;
  }
  return values;
}

/** Type, place and format of a column: 18 bytes after its name. */
const COLUMN_FACTS = 18;

/** Names of the columns of a RowDescription. */
export function readColumns(buffer: Buffer, from: number): readonly string[] {
  const names: string[] = [];
  let at = from + 2;
  for (let left = buffer.readInt16BE(from); left > 0; left--) {
    const end = buffer.indexOf(0, at);
    names.push(buffer.toString('utf8', at, end));
    at = end + 1 + COLUMN_FACTS;
  }
  return names;
}

/** Rows that a command tag counts: the number at its end, `UPDATE 3`; 0 where there is none. */
export function readRowCount(buffer: Buffer, to: number): number {
  let count = 0;
  let weight = 1;
  for (let at = to - 2; ; at--) {
    const digit = (buffer[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return count;
    count += digit * weight;
    weight *= 10;
  }
}

/** Whether a command tag says that prepared statements are gone. */
export function endsPreparedStatements(buffer: Buffer, from: number): boolean {
  // Few tags begin with a D, and DELETE is told apart by its third letter.
  if (buffer[from] !== 0x44 || buffer[from + 2] === 0x4c) return false;
  return /^(?:DISCARD ALL|DEALLOCATE(?: ALL)?)$/.test(
    buffer.toString('latin1', from, buffer.indexOf(0, from)),
  );
}

/** Fields of an ErrorResponse or a NoticeResponse by their letters: `C` SQLSTATE, `M` message, `V` severity (manual, 55.8). */
export function readError(buffer: Buffer, from: number): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (let at = from; buffer[at] !== 0;) {
    const end = buffer.indexOf(0, at + 1);
    fields.set(String.fromCharCode(buffer[at] ?? 0), buffer.toString('utf8', at + 1, end));
    at = end + 1;
  }
  return fields;
}
