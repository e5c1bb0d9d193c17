import type { Socket } from 'node:net';

import type pg from 'pg';

/**
 * `COPY … FROM STDIN` as a query of `pg` (manual, 54.2.6). `pg` calls the handlers; the socket is written directly,
 * one frame a chunk, because only the socket tells when to wait.
 */
export class CopyIn implements pg.Submittable {
  /** Rows that the server counted; rejects with the error of the server, of the connection or of the source. */
  readonly rowCount: Promise<number>;
  readonly #sql: string;
  readonly #source: AsyncIterable<Buffer>;
  readonly #socket: Socket;
  readonly #resolve: (rows: number) => void;
  readonly #reject: (error: unknown) => void;
  #settled = false;
  #rows = 0;
  #sourceError: { readonly thrown: unknown } | undefined;

  constructor(sql: string, source: AsyncIterable<Buffer>, socket: Socket) {
    this.#sql = sql;
    this.#source = source;
    this.#socket = socket;
    const { promise, resolve, reject } = promiseParts<number>();
    this.rowCount = promise;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: pg.Connection): void {
    connection.query(this.#sql);
  }

  handleCopyInResponse(): void {
    void this.#send();
  }

  handleCommandComplete(message: { readonly text: string }): void {
    this.#rows = Number(/^COPY (\d+)$/.exec(message.text)?.[1] ?? 0);
  }

  handleReadyForQuery(): void {
    this.#settled = true;
    this.#resolve(this.#rows);
  }

  /** Also called when the connection breaks. After an error the server ignores what is still on its way. */
  handleError(error: Error): void {
    this.#settled = true;
    this.#reject(this.#sourceError === undefined ? error : this.#sourceError.thrown);
  }

  async #send(): Promise<void> {
    try {
      // One chunk is on its way while the source makes the next.
      let sent = Promise.resolve();
      for await (const chunk of this.#source) {
        if (this.#settled) return;
        const before = sent;
        sent = this.#write(chunk);
        await before;
      }
      if (!this.#settled) this.#socket.write(COPY_DONE);
    } catch (thrown) {
      this.#sourceError = { thrown };
      if (!this.#settled) this.#socket.write(copyFail());
    }
  }

  /** Resolves when the chunk is out of our hands, or will never be: the handlers then hear of the error. */
  #write(chunk: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.cork();
      this.#socket.write(copyDataHeader(chunk.length));
      this.#socket.write(chunk, () => resolve());
      this.#socket.uncork();
    });
  }
}

/** Message type and a length that counts itself (manual, 54.7). */
const COPY_DONE = Buffer.from([0x63, 0, 0, 0, 4]);

function copyDataHeader(length: number): Buffer {
  const header = Buffer.allocUnsafe(5);
  header[0] = 0x64;
  header.writeUInt32BE(length + 4, 1);
  return header;
}

/** The server repeats the reason in its log, so it says nothing that a source could have put there. */
function copyFail(): Buffer {
  const reason = Buffer.from('the source of the rows failed\0');
  const header = Buffer.allocUnsafe(5);
  header[0] = 0x66;
  header.writeUInt32BE(reason.length + 4, 1);
  return Buffer.concat([header, reason]);
}

interface PromiseParts<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: unknown) => void;
}

/** `Promise.withResolvers` of Node 22. */
function promiseParts<T>(): PromiseParts<T> {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}
