/* Type bytes of the messages that the witness has to understand (manual, 55.7). */

const code = (letter: string): number => letter.charCodeAt(0);

/** From the client. */
export const CLIENT = {
  query: code('Q'),
  parse: code('P'),
  bind: code('B'),
  describe: code('D'),
  execute: code('E'),
  close: code('C'),
  sync: code('S'),
  functionCall: code('F'),
  copyData: code('d'),
  copyDone: code('c'),
  copyFail: code('f'),
  password: code('p'),
} as const;

/** From the server. */
export const SERVER = {
  authentication: code('R'),
  keyData: code('K'),
  ready: code('Z'),
  error: code('E'),
  notice: code('N'),
  parseComplete: code('1'),
  bindComplete: code('2'),
  closeComplete: code('3'),
  commandComplete: code('C'),
  emptyQuery: code('I'),
  suspended: code('s'),
  noData: code('n'),
  rowDescription: code('T'),
  dataRow: code('D'),
  copyIn: code('G'),
  copyData: code('d'),
  parameter: code('S'),
  notification: code('A'),
} as const;

/** Of ReadyForQuery. */
export type TransactionStatus = 'idle' | 'open' | 'failed';

export function statusOf(ready: Buffer): TransactionStatus {
  const status = ready[5];
  if (status === code('I')) return 'idle';
  return status === code('T') ? 'open' : 'failed';
}

/** A string that ends with a zero byte, and where the next field begins. */
export function readString(frame: Buffer, from: number): { readonly text: string; readonly end: number } {
  const end = frame.indexOf(0, from);
  return end < 0
    ? { text: frame.toString('utf8', from), end: frame.length }
    : { text: frame.toString('utf8', from, end), end: end + 1 };
}
