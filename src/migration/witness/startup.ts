/** What a client's first packet asks for (manual, 55.2.1, 55.2.10 to 55.2.12). */
export type FirstPacket =
  /** Encryption by TLS or GSSAPI: the answer is one byte, and the client begins again. */
  | { readonly kind: 'encryption' }
  | { readonly kind: 'cancel'; readonly packet: Buffer }
  | { readonly kind: 'startup'; readonly version: number; readonly parameters: Parameters }
  /** Nothing of PostgreSQL's. */
  | { readonly kind: 'foreign' };

export type Parameters = ReadonlyMap<string, string>;

const CANCEL = 80_877_102;
const ENCRYPTION = [80_877_103, 80_877_104];
/** MAX_STARTUP_PACKET_LENGTH (pqcomm.h). */
const LONGEST = 10_000;
const HEAD = 8;

/** Undefined while it has not come in full. */
export function readFirstPacket(
  buffer: Buffer,
): { readonly packet: FirstPacket; readonly length: number } | undefined {
  if (buffer.length < 4) return undefined;
  const length = buffer.readUInt32BE(0);
  if (length < HEAD || length > LONGEST) return { packet: { kind: 'foreign' }, length: buffer.length };
  if (buffer.length < length) return undefined;
  const code = buffer.readUInt32BE(4);
  if (ENCRYPTION.includes(code)) return { packet: { kind: 'encryption' }, length };
  if (code === CANCEL) return { packet: { kind: 'cancel', packet: buffer.subarray(0, length) }, length };
  return { packet: { kind: 'startup', version: code, parameters: readParameters(buffer, length) }, length };
}

function readParameters(buffer: Buffer, length: number): Parameters {
  const words = buffer.toString('utf8', HEAD, length).split('\0');
  const parameters = new Map<string, string>();
  for (let at = 0; at + 1 < words.length && words[at] !== ''; at += 2)
    parameters.set(words[at] ?? '', words[at + 1] ?? '');
  return parameters;
}

export function startupPacket(version: number, parameters: Parameters): Buffer {
  const words = [...parameters].map(([name, value]) => `${name}\0${value}\0`).join('');
  const body = Buffer.from(`${words}\0`, 'utf8');
  const head = Buffer.alloc(HEAD);
  head.writeUInt32BE(HEAD + body.length, 0);
  head.writeUInt32BE(version, 4);
  return Buffer.concat([head, body]);
}

/** Settings ahead of the client's own, which are read later and win. */
export function withOptions(parameters: Parameters, options: string): Parameters {
  const own = parameters.get('options') ?? '';
  return new Map(parameters).set('options', own === '' ? options : `${options} ${own}`);
}

/** A session of replication speaks another language. */
export const isReplication = (parameters: Parameters): boolean =>
  !['', 'off', 'false', 'no', '0'].includes((parameters.get('replication') ?? '').toLowerCase());

/** Whether somebody set `client_min_messages` so low that he wants to read the server's log lines. */
export function asksForLog(text: string): boolean {
  return /client_min_messages\W+(?:to\W+)?(?:log|debug)/i.test(text);
}
