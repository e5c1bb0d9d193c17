import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

import pg from 'pg';

import { Failure } from '../errors.ts';
import { displayAddress, type ConnectionSettings } from './connection.ts';
import { openingFailure } from './opening-failure.ts';
import { readMessage } from './stream.ts';

export interface LoggedIn {
  /** Else the server has refused. */
  readonly isIn: boolean;
  /** By the server, up to AuthenticationOk or its refusal, but for its questions. */
  readonly said: Buffer;
}

/**
 * Sends somebody's start-up packet, and answers for him what the server asks before it lets anybody in, with the password of the
 * settings: he need not know it. Throws `Failure('target.unavailable')`, and what the socket does.
 */
export async function logIn(
  server: Socket,
  startup: Buffer,
  settings: ConnectionSettings,
): Promise<LoggedIn> {
  const { host, port, database, user, password } = settings;
  const questions = new Questions(server);
  const stream = (): Duplex => questions;
  const answering = new pg.Client({ host, port, database, user, password, ssl: false, stream });
  try {
    // `pg` never learns that it is in: it only tells what it has no answer to.
    const unanswered = answering.connect().then(
      () => undefined,
      (error: unknown) => {
        throw openingFailure(error, 'migration', settings);
      },
    );
    server.write(startup);
    const entered = await Promise.race([enter(server, questions), unanswered]);
    if (entered !== undefined) return entered;
    throw new Failure('target.unavailable', {
      message: 'the server closed the connection before it let anybody in',
      where: displayAddress(settings),
    });
  } finally {
    questions.destroy();
  }
}

/** Type bytes of the server's messages, and of the client's one with an answer (manual, 55.7). */
const AUTHENTICATION = 0x52; // 'R'
const ERROR = 0x45; // 'E'
const ANSWER = 0x70; // 'p'
/** AuthenticationOk; every other number is a question. */
const OK = 0;
/** Bytes. Errors and offers are far shorter. */
const LONGEST = 65_536;

/** Undefined: the server said nothing more. */
async function enter(server: Socket, questions: Questions): Promise<LoggedIn | undefined> {
  const said: Buffer[] = [];
  for (;;) {
    const message = await readMessage(server, LONGEST);
    if (message === undefined) return undefined;
    const isAuthentication = message[0] === AUTHENTICATION;
    if (isAuthentication && message.readInt32BE(5) !== OK) {
      questions.ask(message);
      continue;
    }
    said.push(message);
    if (isAuthentication || message[0] === ERROR)
      return { isIn: isAuthentication, said: Buffer.concat(said) };
  }
}

/** What `pg` takes for its connection: of the server it hears the questions only, and of what it says the answers arrive only. */
class Questions extends Duplex {
  readonly #server: Socket;

  constructor(server: Socket) {
    super();
    this.#server = server;
  }

  ask(question: Buffer): void {
    this.emit('data', question);
  }

  setNoDelay(): this {
    return this;
  }

  connect(): this {
    process.nextTick(() => this.emit('connect'));
    return this;
  }

  override _read(): void {
    // `ask` is all that comes.
  }

  override _write(said: Buffer, _encoding: string, done: () => void): void {
    if (said[0] === ANSWER) this.#server.write(said);
    done();
  }
}
