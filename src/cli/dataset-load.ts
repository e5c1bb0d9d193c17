import { systemClock } from '../clock.ts';
import { Failure } from '../errors.ts';
import { cachedDataset, fillDatabase, Stop, type CachedDataset, type FilledDatabase } from '../run/index.ts';
import { stateCardLines, type SeedSummary } from '../seed/index.ts';
import { findBuild, harnessHome, parseConnectionString } from '../target/index.ts';
import { formatCount, formatDuration, formatSize } from '../units.ts';

import type { LoadArguments } from './dataset-command.ts';
import { countOf, loadDataset } from './dataset-file.ts';
import { onInterrupt } from './interrupt.ts';
import { toStderr, toStdout } from './output.ts';
import { progressDisplay } from './progress.ts';
import { concernsOf } from './target.ts';

export async function loadRows(options: LoadArguments): Promise<void> {
  const { connections, quiet, json } = options;
  const dataset = loadDataset(options);
  const count = connections === undefined ? undefined : countOf('connections', connections, 64);
  const tolerated = concernsOf(options.tolerate);
  const foreign = options.database === undefined ? undefined : parseConnectionString(options.database);
  if (foreign === undefined) requireNothingForeign(options);
  const interrupt = onInterrupt('what is finished is kept for the next load');
  using progress = progressDisplay(dataset.name, process.stderr, { quiet: quiet || json });
  const surroundings = {
    clock: systemClock,
    stop: new Stop(interrupt.signal),
    onEvent: progress.show,
  };
  if (foreign === undefined) {
    const home = await harnessHome();
    const build = await findBuild(home, options['pg-bin'] === undefined ? {} : { pgBin: options['pg-bin'] });
    const wanted = { home, build, dataset, connections: count, copied: false };
    const cached = await cachedDataset(wanted, surroundings);
    progress.end();
    toStdout(json ? asJson(cachedJson(cached)) : cachedText(cached));
  } else {
    const wanted = { dataset, foreign, connections: count, tolerated, mark: options.mark };
    const filled = await fillDatabase(wanted, surroundings);
    progress.end();
    if (!quiet) for (const warning of filled.warnings) toStderr(`${warning}\n`);
    toStdout(json ? asJson(filledJson(filled)) : filledText(filled));
  }
  interrupt.release();
}

/** Throws `Failure('usage')` for what means nothing in the cache. */
function requireNothingForeign({ mark, tolerate }: LoadArguments): void {
  if (!mark && tolerate.length === 0) return;
  throw new Failure('usage', {
    message: `--${mark ? 'mark' : 'tolerate'} goes with a server that is not ours`,
    hint: 'name it: --database postgres://user@host/database',
  });
}

const asJson = (content: unknown): string => `${JSON.stringify(content, undefined, 1)}\n`;

const textOf = (lines: readonly string[]): string => `${lines.join('\n')}\n`;

function summaryLines({ card, rows, took, skipped }: SeedSummary): readonly string[] {
  const before = skipped === 0 ? '' : `; ${skipped} tables or partitions were there from an interrupted load`;
  return [
    ...stateCardLines(card),
    '',
    `loaded ${formatCount(rows)} rows in ${formatDuration(took)}${before}`,
  ];
}

function cachedText({ entry, ...cached }: CachedDataset): string {
  const { facts, server, created, size, directory } = entry;
  if ('summary' in cached) {
    return textOf([
      ...summaryLines(cached.summary),
      `kept in the cache: ${formatSize(size)} in ${directory}`,
    ]);
  }
  return textOf([
    `${facts.dataset} at scale ${facts.scale}, seed ${facts.seed} is in the cache since ${created.slice(0, 16).replace('T', ' ')}: ${formatCount(facts.rows)} rows, ${formatSize(size)}, PostgreSQL ${server.version}`,
    `  ${directory}`,
    '  rehearse dataset verify checks it',
  ]);
}

function cachedJson(cached: CachedDataset): unknown {
  const { key, directory, size, facts } = cached.entry;
  const loaded = cached.kind === 'loaded' ? summaryJson(cached.summary) : {};
  return { outcome: cached.kind, key, directory, size, rows: facts.rows, ...loaded, card: facts.card };
}

function summaryJson({ took, skipped, tables }: SeedSummary) {
  return { seconds: took / 1_000, skipped, tables };
}

function filledText(filled: FilledDatabase): string {
  return textOf([...filledLines(filled), markLine(filled)]);
}

function filledLines(filled: FilledDatabase): readonly string[] {
  switch (filled.kind) {
    case 'found':
      return [`${filled.database} holds this dataset already; rehearse dataset verify checks it`];
    case 'copied':
      return [`${filled.database} was made from the template ${filled.template}, which holds this dataset`];
    case 'loaded':
      return [
        ...summaryLines(filled.summary),
        filled.template === undefined
          ? `loaded directly into ${filled.database}${filled.note === undefined ? '' : `, without a template: ${filled.note}`}`
          : `${filled.database} was made from the template ${filled.template}, which stays for the next one`,
      ];
  }
}

const markLine = ({ database, isMarked }: FilledDatabase): string =>
  isMarked
    ? `${database} is marked: rehearsals may change it for good (rehearse mark … --remove takes the mark off)`
    : `${database} bears no mark, for it was there before: where rehearsals may change it for good, rehearse mark, or --mark here`;

function filledJson(filled: FilledDatabase): unknown {
  const { database, isMarked, warnings } = filled;
  const common = { outcome: filled.kind, database, marked: isMarked, warnings };
  if (filled.kind !== 'loaded') return common;
  const { template, note, summary } = filled;
  return {
    ...common,
    template: template ?? null,
    ...(note === undefined ? {} : { note }),
    rows: summary.rows,
    ...summaryJson(summary),
    card: summary.card,
  };
}
