/** Gets what the cutter finds, in the order of the stream. */
export interface FrameSink {
  /** One whole message with its header, valid also afterwards. */
  frame(type: number, frame: Buffer): void;
  /** A part of messages that nobody has to understand: rows, the data of COPY. */
  bulk(bytes: Buffer): void;
}

/** Type and length (manual, 55.2). */
export const HEADER = 5;

/** Cuts one direction of a connection into messages. What only passes through is not gathered, however large. */
export class Frames {
  /** Types that are passed on in whatever pieces they come. */
  bulky: ReadonlySet<number>;
  readonly #sink: FrameSink;
  #pieces: Buffer[] = [];
  #gathered = 0;
  #needed = 0;
  /** Bytes of a bulky message that have not come yet. */
  #left = 0;

  constructor(bulky: ReadonlySet<number>, sink: FrameSink) {
    this.bulky = bulky;
    this.#sink = sink;
  }

  /** Nothing of the next message has come. */
  get atBoundary(): boolean {
    return this.#gathered === 0 && this.#left === 0;
  }

  feed(chunk: Buffer): void {
    if (this.#gathered === 0) {
      this.#cut(chunk);
      return;
    }
    this.#gather(chunk);
    if (this.#gathered < this.#needed) return;
    const joined = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#gathered = 0;
    this.#cut(joined);
  }

  #gather(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#gathered += piece.length;
  }

  #cut(buffer: Buffer): void {
    let at = Math.min(this.#left, buffer.length);
    let bulkFrom = 0;
    this.#left -= at;
    while (at + HEADER <= buffer.length) {
      const type = buffer[at] ?? 0;
      const end = at + 1 + buffer.readUInt32BE(at + 1);
      if (this.bulky.has(type)) {
        this.#left = Math.max(0, end - buffer.length);
        at = Math.min(end, buffer.length);
        continue;
      }
      this.#bulk(buffer, bulkFrom, at);
      bulkFrom = at;
      if (end > buffer.length) {
        this.#needed = end - at;
        this.#gather(buffer.subarray(at));
        return;
      }
      this.#sink.frame(type, buffer.subarray(at, end));
      at = bulkFrom = end;
    }
    this.#bulk(buffer, bulkFrom, at);
    if (at === buffer.length) return;
    this.#needed = HEADER;
    this.#gather(buffer.subarray(at));
  }

  #bulk(buffer: Buffer, from: number, to: number): void {
    if (to > from) this.#sink.bulk(buffer.subarray(from, to));
  }
}
