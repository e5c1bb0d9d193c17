/* Messages to the server (manual, 55.7 Message Formats). What does not change is made once; a statement is one write. */

const LENGTH = 4;
const NAMED = 0x53; // 'S': a statement, not a portal

/** Simple query: no parameters, one round trip, nothing prepared. */
export function queryMessage(text: string): Buffer {
  return message('Q', cString(text));
}

/** Parse and describe; `name` empty: the unnamed statement. */
export function prepareMessages(name: string, text: string): Buffer {
  const noTypes = Buffer.alloc(2);
  return Buffer.concat([
    message('P', cString(name), cString(text), noTypes),
    message('D', Buffer.of(NAMED), cString(name)),
  ]);
}

export const closeMessage = (name: string): Buffer => message('C', Buffer.of(NAMED), cString(name));

export const SYNC = message('S');
export const COPY_FAIL = message('f', cString('traffic has no data for COPY … FROM STDIN'));
/** While it copies, the server ignores the Sync that came with the statement (manual, 55.2.3). */
export const COPY_FAIL_AND_SYNC = Buffer.concat([COPY_FAIL, SYNC]);

/** Portal unnamed, all rows. */
const EXECUTE_AND_SYNC = Buffer.concat([message('E', Buffer.of(0), Buffer.alloc(4)), SYNC]);

/** Everything of a Bind message before its values: no portal name, parameters as text. */
export function bindHead(name: string, values: number): Buffer {
  const head = Buffer.alloc(4);
  head.writeInt16BE(values, 2);
  return Buffer.concat([Buffer.from('B'), Buffer.alloc(LENGTH), Buffer.of(0), cString(name), head]);
}

/** Bind with the values, execute, sync. */
export function executeMessages(head: Buffer, values: readonly (string | null)[]): Buffer {
  let size = head.length + 2 + EXECUTE_AND_SYNC.length;
  for (const value of values) size += LENGTH + (value === null ? 0 : value.length * MOST_BYTES);
  const buffer = Buffer.allocUnsafe(size);
  head.copy(buffer);
  let at = head.length;
  for (const value of values) {
    if (value === null) {
      at = buffer.writeInt32BE(-1, at);
    } else {
      const written = writeText(buffer, value, at + LENGTH);
      buffer.writeInt32BE(written, at);
      at += LENGTH + written;
    }
  }
  // Results as text.
  at = buffer.writeInt16BE(0, at);
  buffer.writeInt32BE(at - 1, 1);
  at += EXECUTE_AND_SYNC.copy(buffer, at);
  return buffer.subarray(0, at);
}

/** Of UTF-8, for a UTF-16 code unit. */
const MOST_BYTES = 3;
/** Keys and amounts are short: up to here a loop is faster than a call into C++. */
const SHORT = 24;

function writeText(buffer: Buffer, text: string, at: number): number {
  const { length } = text;
  if (length > SHORT) return buffer.write(text, at, 'utf8');
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) return buffer.write(text, at, 'utf8');
    buffer[at + index] = code;
  }
  return length;
}

export function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(1 + LENGTH);
  head.write(type, 'latin1');
  head.writeInt32BE(LENGTH + body.length, 1);
  return Buffer.concat([head, body]);
}

export function cString(text: string): Buffer {
  return Buffer.from(`${text}\u0000`, 'utf8');
}
