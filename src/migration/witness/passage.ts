import type { Socket } from 'node:net';

import { readError, type LockWaitLog, type Notice } from '../../target/index.ts';
import type { Milliseconds } from '../../units.ts';
import type { SessionFacts } from '../facts.ts';

import { Conversation } from './conversation.ts';
import { asksAfter, asksBefore } from './curiosity.ts';
import { Frames, HEADER } from './frames.ts';
import { Inquiry, type Answered } from './inquiry.ts';
import { CLIENT, SERVER } from './protocol.ts';
import { isReport } from './reports.ts';
import { asksForLog } from './startup.ts';
import type { WitnessedStatement } from './statement.ts';

export interface PassageInput {
  readonly client: Socket;
  readonly server: Socket;
  readonly now: () => Milliseconds;
  /** Hears of its lock waits. */
  readonly waits: LockWaitLog;
  /** What its session is asked. */
  readonly inquiry: Buffer;
  /** Log lines of the server are the client's own wish. */
  readonly wantsLog: boolean;
  readonly onSession: (pid: number) => void;
  /** At the end of its transaction. */
  readonly onStatement: (statement: WitnessedStatement) => void;
}

const CLIENT_BULK = new Set<number>([CLIENT.copyData]);
const SERVER_BULK = new Set<number>([SERVER.dataRow, SERVER.copyData]);
/** While the rows are ours. */
const SERVER_BULK_ASKED = new Set<number>([SERVER.copyData]);

interface Asking {
  readonly inquiry: Inquiry;
  /** The answer that the client waits for meanwhile; undefined: its message waits. */
  readonly about: WitnessedStatement | undefined;
}

type Held = { readonly type: number; readonly frame: Buffer } | { readonly bulk: Buffer };

/** One connection of the tool: hands on every byte in both directions, listens, and asks where nobody is disturbed by it. */
export class Passage {
  readonly #input: PassageInput;
  readonly #fromClient: Frames;
  readonly #fromServer: Frames;
  #conversation: Conversation | undefined;
  #wantsLog: boolean;
  #isReady = false;
  #asking: Asking | undefined;
  #held: Held[] = [];
  #facts: SessionFacts | undefined;
  #askedAt: Milliseconds | undefined;
  #inquiries = 0;
  /** It was refused once: whatever the reason is, it may not be risked again. */
  #isRefused = false;

  constructor(input: PassageInput) {
    this.#input = input;
    this.#wantsLog = input.wantsLog;
    this.#fromClient = new Frames(CLIENT_BULK, {
      frame: (type, frame) => this.#said(type, frame),
      bulk: (bytes) => this.#saidBulk(bytes),
    });
    this.#fromServer = new Frames(SERVER_BULK, {
      frame: (type, frame) => this.#answered(type, frame),
      bulk: (bytes) => void input.client.write(bytes),
    });
    connectStreams(input.client, input.server, (chunk) => this.#fromClient.feed(chunk));
    connectStreams(input.server, input.client, (chunk) => this.#fromServer.feed(chunk));
  }

  get pid(): number | undefined {
    return this.#conversation?.pid;
  }

  /** A statement is running, or a transaction is open. */
  get isBusy(): boolean {
    return (
      this.#conversation !== undefined &&
      !(this.#conversation.isQuiet && this.#conversation.status === 'idle')
    );
  }

  /** Neither side is there any more. */
  ended(message: string): void {
    if (this.pid !== undefined) this.#input.waits.failed(this.pid, undefined);
    this.#conversation?.broken(this.#input.now(), message);
    this.#conversation = undefined;
  }

  #said(type: number, frame: Buffer): void {
    if (this.#asking !== undefined) {
      this.#held.push({ type, frame });
      return;
    }
    const { now, server } = this.#input;
    if (this.#conversation !== undefined && this.#isReady) {
      if (this.#wondersBefore(type, frame, this.#conversation)) {
        this.#held.push({ type, frame });
        this.#ask(undefined);
        return;
      }
      this.#conversation.sent(type, frame, now());
    }
    server.write(frame);
  }

  #saidBulk(bytes: Buffer): void {
    if (this.#asking === undefined) this.#input.server.write(bytes);
    else this.#held.push({ bulk: bytes });
  }

  #wondersBefore(type: number, frame: Buffer, conversation: Conversation): boolean {
    if (!conversation.isQuiet || this.#isRefused) return false;
    const text = conversation.textOf(type, frame);
    if (text === undefined) return false;
    this.#wantsLog ||= asksForLog(text);
    return asksBefore(text, conversation.status, this.#known, this.#input.now());
  }

  get #known() {
    return { askedAt: this.#askedAt, inquiries: this.#inquiries };
  }

  #ask(about: WitnessedStatement | undefined): void {
    this.#asking = { inquiry: new Inquiry(), about };
    this.#inquiries++;
    this.#fromServer.bulky = SERVER_BULK_ASKED;
    this.#input.server.write(this.#input.inquiry);
  }

  #answered(type: number, frame: Buffer): void {
    if (type === SERVER.notice) {
      this.#noticed(frame);
      return;
    }
    // These come whenever they like.
    if (type === SERVER.parameter || type === SERVER.notification) {
      this.#input.client.write(frame);
      return;
    }
    if (this.#asking !== undefined) {
      const answer = this.#asking.inquiry.receive(type, frame);
      if (answer !== undefined) this.#asked(this.#asking, answer);
      return;
    }
    if (!this.#isReady) this.#greeted(type, frame);
    else if (!this.#overheard(type, frame)) this.#input.client.write(frame);
  }

  /** What follows the authentication, up to the first ReadyForQuery. */
  #greeted(type: number, frame: Buffer): void {
    if (type === SERVER.keyData) {
      const pid = frame.readInt32BE(HEADER);
      this.#conversation = new Conversation(pid, this.#input.onStatement);
      this.#input.onSession(pid);
    }
    this.#isReady = type === SERVER.ready;
    this.#input.client.write(frame);
  }

  /** True: the client gets it later. */
  #overheard(type: number, frame: Buffer): boolean {
    const conversation = this.#conversation;
    if (conversation === undefined) return false;
    const wasIdle = conversation.status === 'idle';
    if (type === SERVER.error) {
      const fields = readError(frame, HEADER);
      const told = { statement: conversation.answering, detail: fields.get('D') };
      this.#input.waits.failed(conversation.pid, fields.get('C'), told);
    }
    conversation.received(type, frame, this.#input.now());
    return type === SERVER.ready && this.#wondersAfter(conversation, wasIdle);
  }

  /** The client does not learn that its statement is over before that is known. */
  #wondersAfter(conversation: Conversation, wasIdle: boolean): boolean {
    const { status, finished } = conversation;
    const last = finished.at(-1);
    for (const statement of finished) statement.before ??= this.#facts;
    if ((status === 'idle') !== wasIdle) this.#forget();
    if (last === undefined || this.#isRefused) return false;
    if (!conversation.isQuiet || !this.#fromClient.atBoundary) return false;
    if (!asksAfter(last, status, this.#known)) return false;
    this.#ask(last);
    return true;
  }

  /** Locks and counters of a transaction that is over, or of the time before it, tell nothing about what comes. */
  #forget(): void {
    this.#facts = undefined;
    this.#askedAt = undefined;
  }

  #asked({ about }: Asking, { facts, error, ready, status }: Answered): void {
    const { client, now } = this.#input;
    this.#asking = undefined;
    this.#fromServer.bulky = SERVER_BULK;
    this.#facts = facts ?? this.#facts;
    this.#isRefused = error !== undefined;
    this.#askedAt = now();
    if (about !== undefined) {
      about.after = facts;
      // A transaction that was cancelled while it was asked is the client's to know of.
      if (error !== undefined && status === 'failed') client.write(error);
      client.write(ready);
    }
    if (this.#conversation !== undefined) this.#conversation.status = status;
    this.#goOn();
  }

  /** What the client has said meanwhile. */
  #goOn(): void {
    const held = this.#held;
    this.#held = [];
    for (const one of held) {
      if ('bulk' in one) this.#saidBulk(one.bulk);
      else this.#said(one.type, one.frame);
    }
  }

  #noticed(frame: Buffer): void {
    const notice = noticeIn(frame);
    const isOurs = isReport(notice);
    if (notice.severity === 'LOG') this.#input.waits.heard(notice.message);
    if (this.#asking === undefined || isOurs)
      this.#conversation?.heard({ ...notice, heardAt: this.#input.now() });
    const isUnasked = this.#asking !== undefined || (notice.severity === 'LOG' && !this.#wantsLog);
    if (!isOurs && !isUnasked) this.#input.client.write(frame);
  }
}

function noticeIn(frame: Buffer): Notice {
  const fields = readError(frame, HEADER);
  return {
    // Not translated, unlike `S` (manual, 55.8).
    severity: fields.get('V') ?? '',
    sqlState: fields.get('C') ?? '',
    message: fields.get('M') ?? '',
  };
}

/** In one piece what came in one piece, and no faster than it is taken. */
function connectStreams(from: Socket, to: Socket, feed: (chunk: Buffer) => void): void {
  from.on('data', (chunk: Buffer) => {
    to.cork();
    from.cork();
    feed(chunk);
    to.uncork();
    from.uncork();
    if (to.writableNeedDrain) from.pause();
  });
  to.on('drain', () => from.resume());
}
