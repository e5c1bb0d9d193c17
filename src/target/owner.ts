import { createHash, randomBytes } from 'node:crypto';
import { readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

import { Failure } from '../errors.ts';
import { milliseconds, type Milliseconds } from '../units.ts';
import { birthOf } from './process-table.ts';

/** The harness process that a directory belongs to. It stands in the directory's name, so there is never one without. */
export interface Owner {
  /** Host and, in containers, namespace of process ids: what makes a pid mean anything. */
  readonly host: string;
  readonly pid: number;
  /** `birthOf` that pid. */
  readonly birth: string;
}

/** A new name for a directory of this process. */
export function ownedName(): string {
  const { host, pid, birth } = thisOwner();
  return `${host}-${pid}-${birth}-${randomBytes(6).toString('hex')}`;
}

/** Undefined: no name of ours, so not for us to touch. */
export function parseOwnedName(name: string): Owner | undefined {
  const [, host, pid, birth] = /^([0-9a-f]{8})-(\d+)-([0-9a-f]{12})-[0-9a-f]{12}$/.exec(name) ?? [];
  return host === undefined || pid === undefined || birth === undefined
    ? undefined
    : { host, pid: Number(pid), birth };
}

export interface Witness {
  readonly host: string;
  /** `birthOf`, or a table in tests. */
  readonly birthOf: (pid: number) => string | undefined;
  /** How long what another host owns may lie untouched; an hour where keepers touch it. */
  readonly foreignGrace?: Milliseconds;
}

/**
 * On this host the process table decides. In a home shared with other hosts or containers nobody can see their
 * processes: their directories count as abandoned when no keeper has touched them for an hour.
 */
export function isAbandoned(owner: Owner, untouched: Milliseconds, witness: Witness): boolean {
  return owner.host === witness.host
    ? witness.birthOf(owner.pid) !== owner.birth
    : untouched > (witness.foreignGrace ?? FOREIGN_GRACE);
}

const FOREIGN_GRACE = milliseconds(3_600_000);

export function thisWitness(): Witness {
  return { host: thisHost(), birthOf };
}

function thisOwner(): Owner {
  const birth = birthOf(process.pid);
  if (birth === undefined) {
    throw new Failure('target.unavailable', {
      message: 'cannot see the own process in the list of processes',
      hint: 'pg-rehearse needs a readable /proc (Linux) or the command ps',
    });
  }
  return { host: thisHost(), pid: process.pid, birth };
}

function thisHost(): string {
  return createHash('sha256').update(`${hostname()} ${pidNamespace()}`).digest('hex').slice(0, 8);
}

function pidNamespace(): string {
  return process.platform === 'linux' ? readlinkSync('/proc/self/ns/pid') : '';
}
