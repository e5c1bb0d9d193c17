import type { Argv, CommandModule } from 'yargs';

import { Failure } from '../errors.ts';
import { describeItem } from '../run/index.ts';
import {
  cacheLimit,
  harnessHome,
  listCache,
  pruneCache,
  type CacheItem,
  type PruneOptions,
} from '../target/index.ts';
import { bytes, formatCount, formatSize, parseDuration, parseSize } from '../units.ts';

import { exitCodeHelp } from './exit-codes.ts';
import { tableOfText } from './text-table.ts';

export const cacheCommand: CommandModule = {
  command: 'cache',
  describe: 'The loaded datasets that are kept for later runs',
  builder: (argv) =>
    argv
      .command(listCommand)
      .command(pruneCommand)
      .demandCommand(1, 'expected a command: cache list or cache prune')
      .epilogue(exitCodeHelp)
      .example('$0 cache list', 'what is there, least recently used first')
      .example('$0 cache prune --max-size 20GB', 'make room'),
  handler: () => undefined,
};

interface ListArguments {
  readonly json: boolean;
}

const listCommand: CommandModule<object, ListArguments> = {
  command: 'list',
  describe: 'What is in the cache, least recently used first',
  builder: (argv): Argv<ListArguments> =>
    argv
      .epilogue(exitCodeHelp)
      .option('json', { type: 'boolean', default: false, describe: 'as JSON on stdout' })
      .example('$0 cache list', 'datasets, sizes, when they were last used')
      .example('$0 cache list --json', 'with their state cards'),
  handler: list,
};

async function list({ json }: ListArguments): Promise<void> {
  const home = await harnessHome();
  const items = await listCache(home);
  if (json) {
    process.stdout.write(`${JSON.stringify(items.map(itemJson), undefined, 1)}\n`);
    return;
  }
  const size = bytes(items.reduce((sum, item) => sum + item.size, 0));
  const limit = formatSize(await cacheLimit(home));
  const total = `${items.length} in ${home.datasets}, ${formatSize(size)} of at most ${limit} (PG_REHEARSE_CACHE_SIZE)\n`;
  process.stdout.write(
    items.length === 0 ? total : `${tableOfText(HEADINGS, items.map(itemCells), SIDES)}${total}`,
  );
}

const HEADINGS = ['dataset', 'scale', 'seed', 'rows', 'size', 'PostgreSQL', 'created', 'last used', 'key'];
const SIDES = ['left', 'right', 'right', 'right', 'right', 'left', 'left', 'left', 'left'] as const;

function itemCells(item: CacheItem): readonly string[] {
  const [size, used, key] = [formatSize(item.size), minutes(item.lastUsed), item.key.slice(0, 12)];
  if (item.kind !== 'dataset') return [stateOf(item), '', '', '', size, '', '', used, key];
  const { facts, server, created } = item.entry;
  return [
    `${facts.dataset}${item.inUse ? ' (in use)' : ''}`,
    String(facts.scale),
    String(facts.seed),
    formatCount(facts.rows),
    size,
    `${server.version}${server.source === 'embedded' ? '' : ' (installed)'}`,
    minutes(created),
    used,
    key,
  ];
}

function stateOf({ kind, inUse }: CacheItem): string {
  if (kind === 'unreadable') return '(can not be used)';
  return inUse ? '(being loaded)' : '(interrupted load)';
}

/** `2026-11-22 18:30`, UTC. */
const minutes = (iso: string): string => iso.slice(0, 16).replace('T', ' ');

function itemJson(item: CacheItem): unknown {
  const { kind, key, directory, size, lastUsed, inUse } = item;
  const entry = item.kind === 'dataset' ? item.entry : undefined;
  return {
    ...{ kind, key, directory, size, lastUsed, inUse },
    ...(entry === undefined ? {} : { created: entry.created, server: entry.server, ...entry.facts }),
  };
}

interface PruneArguments {
  readonly 'max-size': string | undefined;
  readonly 'older-than': string | undefined;
  readonly all: boolean;
  readonly 'dry-run': boolean;
  readonly json: boolean;
}

const pruneCommand: CommandModule<object, PruneArguments> = {
  command: 'prune',
  describe: 'Remove datasets, least recently used first; never one that is being copied or loaded',
  builder: (argv): Argv<PruneArguments> =>
    argv
      .epilogue(exitCodeHelp)
      .option('max-size', {
        type: 'string',
        describe: 'the rest may take this much: 20GB; by default the limit of the cache',
        requiresArg: true,
      })
      .option('older-than', {
        type: 'string',
        describe: 'what was not used for so long: 30d',
        requiresArg: true,
      })
      .option('all', { type: 'boolean', default: false, describe: 'everything' })
      .option('dry-run', { type: 'boolean', default: false, describe: 'only say what would go' })
      .option('json', { type: 'boolean', default: false, describe: 'as JSON on stdout' })
      .example('$0 cache prune --max-size 20GB', 'keep what was used last')
      .example('$0 cache prune --older-than 30d --dry-run', 'what has nobody used for a month?'),
  handler: prune,
};

async function prune(options: PruneArguments): Promise<void> {
  const home = await harnessHome();
  const wanted = { ...(await pruneOptions(options, () => cacheLimit(home))), dryRun: options['dry-run'] };
  const { removed, inUse, left } = await pruneCache(home, wanted);
  if (options.json) {
    const content = { removed: removed.map(itemJson), inUse: inUse.map(itemJson), left };
    process.stdout.write(`${JSON.stringify(content, undefined, 1)}\n`);
    return;
  }
  const verb = options['dry-run'] ? 'would remove' : 'removed';
  const lines = [
    ...removed.map((item) => `${verb} ${describeItem(item)}, last used ${minutes(item.lastUsed)}`),
    ...inUse.map((item) => `in use, stays: ${describeItem(item)}`),
    `${left.count} ${options['dry-run'] ? 'would stay' : 'left'}, ${formatSize(left.size)}`,
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
}

async function pruneOptions(options: PruneArguments, limit: () => Promise<number>): Promise<PruneOptions> {
  const { all, 'max-size': maxSize, 'older-than': olderThan } = options;
  if (all && (maxSize !== undefined || olderThan !== undefined)) {
    throw new Failure('usage', {
      message: '--all leaves nothing for --max-size or --older-than to choose from',
    });
  }
  if (all) return { all };
  return {
    ...(olderThan === undefined ? {} : { olderThan: parseDuration(olderThan) }),
    ...(maxSize === undefined ? {} : { maxBytes: parseSize(maxSize) }),
    ...(maxSize === undefined && olderThan === undefined ? { maxBytes: bytes(await limit()) } : {}),
  };
}
