import pg from 'pg';

import { bindHead, prepareMessages, queryMessage } from './wire/frontend.ts';

/** A statement of the traffic, made once by `trafficStatement` and sent often. */
export interface TrafficStatement {
  readonly text: string;
  readonly protocol: 'named' | 'unnamed' | 'simple';
  /** Of the prepared statement; empty where it has none. */
  readonly name: string;
  /** Whether the first row is kept. */
  readonly wantsRow: boolean;
  /** The text between its parameters, and which value goes where: for the simple protocol. */
  readonly pieces: readonly string[];
  readonly order: readonly number[];
  readonly head: Buffer;
  readonly prepare: Buffer;
}

/** `values`: how many it binds. */
export function trafficStatement(
  facts: Omit<TrafficStatement, 'head' | 'prepare'>,
  values: number,
): TrafficStatement {
  const { name, text } = facts;
  return { ...facts, head: bindHead(name, values), prepare: prepareMessages(name, text) };
}

/** A command without parameters such as BEGIN, for `TrafficSession.command`. */
export const trafficCommand = (text: string): Buffer => queryMessage(text);

/** A value is a literal of no type, as `psql` and drivers without parameters write it: the server infers the type as of a parameter. */
export function pasted({ pieces, order }: TrafficStatement, values: readonly (string | null)[]): string {
  return pieces
    .map((piece, index) => {
      const value = values[order[index] ?? -1];
      if (value === undefined) return piece;
      return `${piece}${value === null ? 'NULL' : pg.escapeLiteral(value)}`;
    })
    .join('');
}
