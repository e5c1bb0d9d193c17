import { resolve } from 'node:path';

import { EXIT_CODES, Failure, messageOf } from '../errors.ts';
import { sweepWitness } from '../migration/index.ts';
import { sweepLoad } from '../seed/index.ts';
import {
  atOneAddress,
  cleanUp,
  harnessHome,
  LEFT_OVERS,
  parseConnectionString,
  sqlStateOf,
  sweepContainers,
  sweepDatabases,
  type CleanUpOptions,
  type ForeignDatabase,
  type LeftOver,
  type SweepOptions,
} from '../target/index.ts';

import type { CleanupArguments } from './cleanup-command.ts';
import { halfWrittenIn } from './drafts.ts';
import { toStdout } from './output.ts';

/** Removes what killed runs left behind and tells it; exit code 3 where something that nobody uses could not be removed. */
export async function cleanup(options: CleanupArguments): Promise<void> {
  const wanted = { dryRun: options['dry-run'] };
  const found = await everythingLeft(options, wanted);
  if (found.some(({ fate }) => fate.kind === 'stays')) process.exitCode = EXIT_CODES.target;
  toStdout(options.json ? `${JSON.stringify(found, undefined, 1)}\n` : textOf(found, wanted));
}

async function everythingLeft(
  { out, target, datasets }: CleanupArguments,
  wanted: CleanUpOptions,
): Promise<readonly LeftOver[]> {
  // Before anything goes: an address that can not be read, or not be reached.
  if (datasets && target === undefined) throw new Failure('usage', ONLY_THERE);
  const which = datasets ? 'all' : 'interrupted';
  const there = target === undefined ? [] : await leftOn(target, { ...wanted, datasets: which });
  const containers = await sweepContainers(wanted);
  return [
    ...there,
    ...containers.map((name): LeftOver => ({ kind: 'container', name, fate: { kind: 'removed' } })),
    ...(await cleanUp(await harnessHome(), wanted)),
    ...(await halfWrittenIn(resolve(out), wanted)),
  ];
}

const ONLY_THERE = {
  message: '--datasets: expected --target postgres://… beside it, for the datasets on that server',
  hint: 'those of this machine go by rehearse cache prune',
};

type Wanted = CleanUpOptions & Pick<SweepOptions, 'datasets'>;

/** Throws `Failure('usage')` or `Failure('target.unavailable')`. */
async function leftOn(target: string, wanted: Wanted): Promise<readonly LeftOver[]> {
  const foreign = await atOneAddress(parseConnectionString(target, process.env, '--target'));
  return [...(await databasesOn(foreign, wanted)), ...(await leftWithin(foreign, wanted))];
}

/** In the named database itself. What could not be looked for is told as what stays. */
async function leftWithin(foreign: ForeignDatabase, wanted: Wanted): Promise<readonly LeftOver[]> {
  const found: LeftOver[] = [];
  try {
    for (const sweep of [sweepWitness, sweepLoad]) {
      const left = await sweep(foreign, wanted);
      if (left !== undefined) found.push(left);
    }
  } catch (error) {
    // Without a SQLSTATE the server was not reached.
    if (sqlStateOf(error) === undefined) throw error;
    const reason = `could not be looked into, for what a killed rehearsal or load has left in it: ${messageOf(error)}`;
    found.push({ kind: 'database', name: foreign.connection.database, fate: { kind: 'stays', reason } });
  }
  return found;
}

async function databasesOn(foreign: ForeignDatabase, wanted: Wanted): Promise<readonly LeftOver[]> {
  const stays: LeftOver[] = [];
  const tell = (reason: string): void =>
    void stays.push({
      kind: 'database',
      name: reason.split(' ', 1)[0] ?? '',
      fate: { kind: 'stays', reason },
    });
  const yours: LeftOver[] = [];
  const kept = (name: string): void =>
    void yours.push({ kind: 'kept database', name, fate: { kind: 'yours' } });
  const removed = await sweepDatabases(foreign, { ...wanted, tell, kept });
  return [...removed.map((one): LeftOver => ({ ...one, fate: { kind: 'removed' } })), ...stays, ...yours];
}

function textOf(found: readonly LeftOver[], { dryRun }: CleanUpOptions): string {
  const count = (kind: LeftOver['fate']['kind']): number =>
    found.filter(({ fate }) => fate.kind === kind).length;
  const total = [
    `${count('removed')} ${dryRun ? 'would be removed' : 'removed'}`,
    `${count('in-use')} in use`,
    ...(count('yours') === 0 ? [] : [`${count('yours')} yours`]),
    ...(count('stays') === 0 ? [] : [`${count('stays')} could not be removed`]),
  ];
  return [...found.map((one) => lineOf(one, dryRun)), total.join(', '), ''].join('\n');
}

function lineOf({ kind, name, fate }: LeftOver, dryRun: boolean): string {
  switch (fate.kind) {
    case 'removed':
      return `${dryRun ? 'would remove' : 'removed'}  ${kind}  ${name}\n    ${LEFT_OVERS[kind].what}`;
    case 'in-use':
      return `in use, stays  ${kind}  ${name}\n    process ${fate.by.pid} works with it`;
    case 'yours':
      return `yours, stays  ${kind}  ${name}\n    ${LEFT_OVERS[kind].what}`;
    case 'stays':
      return `not removed  ${kind}  ${name}\n    ${fate.reason}`;
  }
}
