import type { Figure, KeyFigures } from './key-figures.ts';
import { figureChanges } from './figure-changes.ts';
import type { FigureTrend, ScenarioTrend, Trend, TrendRun, TrendSegment, VerdictChange } from './model.ts';

/** The history of every scenario by name; what changed the conditions starts a new segment, and what comes back to them goes on with the old one. */
export function trendOf(runs: readonly KeyFigures[], skipped: Trend['skipped'] = []): Trend {
  const inTime = runs.toSorted((one, other) => (one.run.startedAt < other.run.startedAt ? -1 : 1));
  const scenarios = [...groups(inTime, ({ scenario }) => scenario)].map(([name, own]): ScenarioTrend => ({
    name,
    segments: segmentsOf(own),
  }));
  return { schemaVersion: 1, scenarios: scenarios.toSorted(byName), skipped };
}

const byName = (one: ScenarioTrend, other: ScenarioTrend): number => (one.name < other.name ? -1 : 1);

function segmentsOf(runs: readonly KeyFigures[]): readonly TrendSegment[] {
  const lines = [...groups(runs, ({ line }) => JSON.stringify(Object.values(line))).values()];
  return lines.flatMap((own, index) => {
    const [first] = own;
    return first === undefined ? [] : [segmentOf(first.line, own, lines[index - 1]?.[0]?.line)];
  });
}

type Line = KeyFigures['line'];
type Parts = KeyFigures['parts'];

/** What somebody changed on purpose is the first thing to think of where a figure changed. */
function withEdits(run: TrendRun, before: Parts, parts: Parts): TrendRun {
  if (before === undefined || parts === undefined) return run;
  const edited = [
    ...(before.migration === parts.migration ? [] : ['migration' as const]),
    ...(sameStatements(before.transactions, parts.transactions) ? [] : ['statements' as const]),
  ];
  return edited.length === 0 ? run : { ...run, edited };
}

const sameStatements = (one: Hashes, other: Hashes): boolean =>
  Object.keys({ ...one, ...other }).every((name) => one[name] === other[name]);

type Hashes = Readonly<Record<string, string>>;

function segmentOf(line: Line, runs: readonly KeyFigures[], before: Line | undefined): TrendSegment {
  const figures = figuresOf(runs);
  const trendRuns = runs.map(({ run, parts }, index) => withEdits(run, runs[index - 1]?.parts, parts));
  const changes = figures.flatMap((figure) => figureChanges(figure, trendRuns));
  return {
    ...line,
    because: before === undefined ? [] : differences(before, line),
    runs: trendRuns,
    figures,
    changes: changes.toSorted((one, other) => one.run - other.run),
    verdicts: verdictChanges(runs),
  };
}

function differences(before: Line, line: Line): TrendSegment['because'] {
  const parts = {
    load: before.scenarioHash !== line.scenarioHash,
    dataset: before.datasetHash !== line.datasetHash,
    scale: before.scale !== line.scale,
    seed: before.seed !== line.seed,
    server: before.serverMajor !== line.serverMajor,
  };
  return (['load', 'dataset', 'scale', 'seed', 'server'] as const).filter((part) => parts[part]);
}

/** Each figure that any of the runs has. */
function figuresOf(runs: readonly KeyFigures[]): readonly FigureTrend[] {
  const known = new Map<string, Figure>(
    runs.flatMap(({ figures }) => figures.map((figure) => [figure.id, figure])),
  );
  const values = runs.map(({ figures }) => new Map(figures.map(({ id, value }) => [id, value])));
  return [...known.values()].map(({ id, title, unit }) => ({
    id,
    title,
    unit,
    values: values.map((of) => of.get(id) ?? null),
  }));
}

function verdictChanges(runs: readonly KeyFigures[]): readonly VerdictChange[] {
  return runs.flatMap(({ run }, index) => {
    const from = runs[index - 1]?.run.verdict;
    return from === undefined || from === run.verdict
      ? []
      : [{ at: run.startedAt, run: index, from, to: run.verdict }];
  });
}

function groups<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const found = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = found.get(key);
    if (group === undefined) found.set(key, [item]);
    else group.push(item);
  }
  return found;
}
