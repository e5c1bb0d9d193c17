import {
  parseDocument,
  peek,
  type Breaks,
  type Override,
  type ParseSettings,
  type Path,
  type ReadDocument,
  type ReadFile,
  type SourceFile,
} from '../document/index.ts';
import type { Issue } from '../errors.ts';
import { formatDuration, milliseconds, perSecond } from '../units.ts';

import { parseActors } from './actors.ts';
import { parseContainer } from './container.ts';
import { parseConditions, type KnownNames } from './conditions.ts';
import { scenarioDefinition, type ScenarioFile } from './definition.ts';
import type { IssueAt } from './issues.ts';
import { parseMigration } from './migration.ts';
import type { Phases, Scenario } from './scenario.ts';
import type { Traffic } from './traffic-model.ts';
import { parseTraffic } from './traffic.ts';
import type { TrafficContext } from './traffic-context.ts';
import { trafficDefinition, type TrafficFile } from './traffic-definition.ts';

export type ScenarioOutcome =
  | { readonly ok: true; readonly value: Scenario; readonly issueAt: IssueAt }
  | {
      readonly ok: false;
      readonly issues: readonly Issue[];
      readonly issueAt: IssueAt;
      /** Without what could not be read; undefined where that is all of the traffic. */
      readonly draft: Scenario | undefined;
    };

/** A scenario file and the files that it names in; a complete scenario, or every issue of all of them, out. */
export function parseScenario(
  source: SourceFile,
  read: ReadFile,
  settings: ParseSettings = {},
): ScenarioOutcome {
  const overrides = settings.overrides ?? [];
  const written = overrides.findLast(isTraffic)?.value ?? peek(source, 'traffic');
  const ofTraffic = typeof written === 'string' ? overrides.filter(isInsideTraffic) : [];
  const document = parseDocument(source, scenarioDefinition, {
    ...settings,
    overrides: overrides.filter((override) => !ofTraffic.includes(override)),
  });
  const { value: file, issueAt, breaks } = document;
  const found: Issue[] = [];
  const traffic =
    typeof file.traffic === 'string'
      ? sharedTraffic(
          {
            reference: file.traffic,
            from: source,
            read,
            settings: { ...settings, overrides: ofTraffic.map(withoutHead) },
          },
          issueAt,
          found,
        )
      : inlineTraffic(file.traffic, { document, issues: found, read: (name) => read(name, source.file) });
  const parts = checkParts({ source, file, traffic, read, issueAt, breaks, issues: found });
  const issues = [...document.issues, ...breaks.withoutConsequences(found, source.file)];
  const scenario = traffic === undefined ? undefined : assemble(source, file, traffic.traffic, parts);
  return scenario === undefined || issues.length > 0
    ? { ok: false, issues, issueAt, draft: scenario }
    : { ok: true, value: scenario, issueAt };
}

const isTraffic = ({ path }: Override): boolean => path.length === 1 && path[0] === 'traffic';
const isInsideTraffic = ({ path }: Override): boolean => path.length > 1 && path[0] === 'traffic';
const withoutHead = (override: Override): Override => ({ ...override, path: override.path.slice(1) });

/** A traffic file alone, as `rehearse validate` gets it. */
export function parseTrafficFile(
  source: SourceFile,
  read: ReadFile,
  settings: ParseSettings = {},
): readonly Issue[] {
  const issues: Issue[] = [];
  readTraffic({ source, read, settings }, issues);
  return issues;
}

/** The traffic, and the names that a threshold may give. */
interface ReadTraffic {
  readonly traffic: Traffic;
  readonly names: KnownNames;
}

interface Inline {
  readonly document: ReadDocument<ScenarioFile>;
  readonly issues: Issue[];
  readonly read: TrafficContext['read'];
}

function inlineTraffic(file: TrafficFile, { document, issues, read }: Inline): ReadTraffic {
  const { issueAt, breaks } = document;
  const place: IssueAt = (path, message, hint) => issueAt(['traffic', ...path], message, hint);
  return withNames(file, { read, issueAt: place, issues, breaks: breaks.within('traffic') });
}

interface Shared {
  readonly reference: string;
  readonly from: SourceFile;
  readonly read: ReadFile;
  readonly settings: ParseSettings;
}

function sharedTraffic(
  { reference, from, read, settings }: Shared,
  place: IssueAt,
  issues: Issue[],
): ReadTraffic | undefined {
  const source = read(reference, from.file);
  if (source === undefined) {
    issues.push(place(['traffic'], `there is no file ${JSON.stringify(reference)}`, PATHS_HINT));
    return undefined;
  }
  return readTraffic({ source, read, settings }, issues);
}

interface TrafficSource {
  readonly source: SourceFile;
  readonly read: ReadFile;
  readonly settings: ParseSettings;
}

function readTraffic({ source, read, settings }: TrafficSource, issues: Issue[]): ReadTraffic {
  const { value, issueAt, breaks, issues: ofForm } = parseDocument(source, trafficDefinition, settings);
  const found: Issue[] = [];
  const beside = (reference: string) => read(reference, source.file);
  const traffic = withNames(value, { read: beside, issueAt, breaks, issues: found });
  issues.push(...ofForm, ...breaks.withoutConsequences(found, source.file));
  return traffic;
}

function withNames(file: TrafficFile, context: TrafficContext): ReadTraffic {
  const traffic = parseTraffic(file, context);
  const { breaks } = context;
  const transaction = breaks.at(['transactions']) ? undefined : Object.keys(file.transactions);
  const workload = breaks.at(['workloads']) ? undefined : traffic.workloads.map(({ name }) => name);
  return { traffic, names: { transaction, workload } };
}

const EXISTING = 'existing';

const PATHS_HINT = 'paths are relative to the file that names them';

interface Unchecked {
  readonly source: SourceFile;
  readonly file: ScenarioFile;
  readonly traffic: ReadTraffic | undefined;
  readonly read: ReadFile;
  readonly issueAt: IssueAt;
  readonly breaks: Breaks;
  readonly issues: Issue[];
}

type Parts = Pick<Scenario, 'migration' | 'thresholds' | 'validity' | 'actors' | 'container'>;

function checkParts({ source, file, traffic, read, issueAt, breaks, issues }: Unchecked): Parts {
  const readHere = (reference: string): SourceFile | undefined => read(reference, source.file);
  const names = traffic?.names ?? UNKNOWN;
  const parts = {
    migration: parseMigration(file.migration, { read: readHere, issueAt, breaks, issues }),
    thresholds: parseConditions(file.thresholds, ['thresholds'], names, issueAt, issues),
    validity: parseConditions(file.validity, ['validity'], names, issueAt, issues),
    actors: parseActors(file.actors, issueAt, issues),
    container: parseContainer(file.container, issueAt, issues),
  };
  const {
    baseline,
    migration: { min, max },
  } = phases(file.phases);
  if (baseline === 0 && needsBaseline(file, parts))
    issues.push(
      issueAt(
        ['phases', 'baseline'],
        'limits relative to the baseline need one',
        'give it some seconds, or state thresholds without baseline',
      ),
    );
  if (min > max && breaks.keys(['phases', 'migration']).length === 0) {
    const message = `at least ${formatDuration(min)} and at most ${formatDuration(max)} can not both be`;
    issues.push(issueAt(['phases', 'migration'], message));
  }
  if (file.dataset !== EXISTING) checkFile(file.dataset, ['dataset'], readHere, issueAt, issues);
  else if (file.scale !== undefined)
    issues.push(issueAt(['scale'], 'has no meaning with dataset: existing', 'the data is as it is'));
  checkFile(file.safer, ['safer'], readHere, issueAt, issues);
  return parts;
}

/** The default thresholds do. */
const needsBaseline = (file: ScenarioFile, { thresholds }: Parts): boolean =>
  Object.keys(file.thresholds).length === 0 ||
  thresholds.some(({ parsed }) => parsed.condition.limit.kind === 'baseline');

const UNKNOWN: KnownNames = { transaction: undefined, workload: undefined };

function assemble(source: SourceFile, file: ScenarioFile, traffic: Traffic, parts: Parts): Scenario {
  return {
    ...parts,
    name: file.name ?? stem(source.file),
    file: source.file,
    dataset: file.dataset === EXISTING ? { kind: EXISTING } : { kind: 'file', file: file.dataset },
    scale: file.scale ?? 1,
    seed: file.seed,
    settings: Object.fromEntries(Object.entries(file.settings).map(([name, value]) => [name, String(value)])),
    databases: file.databases,
    otherTraffic: file.other_traffic ?? OTHER_TRAFFIC,
    faithfulDeadlocks: file.faithful_deadlocks,
    traffic,
    phases: phases(file.phases),
    rerun: file.rerun,
    statementBenchmark: statementBenchmark(file),
    accept: Object.entries(file.accept).map(([finding, reason]) => ({ finding, reason })),
    safer: file.safer,
  };
}

// eslint-disable-next-line max-params -- a guard of one line, not worth an object
function checkFile(
  reference: string | undefined,
  path: Path,
  read: (reference: string) => SourceFile | undefined,
  issueAt: IssueAt,
  issues: Issue[],
): void {
  if (reference === undefined || read(reference) !== undefined) return;
  issues.push(issueAt(path, `there is no file ${JSON.stringify(reference)}`, PATHS_HINT));
}

const stem = (file: string): string => file.replace(/^.*[/\\]/, '').replace(/\.[^.]+$/, '');

/** Monitoring and a few people at work stay below it, an application with users does not. */
const OTHER_TRAFFIC = perSecond(10);

/** Some tens of executions of a dozen short statements; a start of a run that is felt, and no more. */
const DEFAULT_BENCHMARK_TIME = milliseconds(1_000);

/** Statements are executed: on somebody else's database only where that is asked for. */
function statementBenchmark({
  statement_benchmark: wish,
  dataset,
}: ScenarioFile): Scenario['statementBenchmark'] {
  if (wish ?? dataset !== EXISTING)
    return { time: (typeof wish === 'object' ? wish.time : undefined) ?? DEFAULT_BENCHMARK_TIME };
  return undefined;
}

/** Long enough for a p99 at the usual few hundred arrivals a second, short enough to be run before every release. */
const DEFAULT_PHASES = {
  warmup: 2_000,
  baseline: 10_000,
  migrationMin: 5_000,
  migrationMax: 600_000,
  recovery: 5_000,
};

function phases(file: ScenarioFile['phases']): Phases {
  return {
    warmup: file.warmup ?? milliseconds(DEFAULT_PHASES.warmup),
    baseline: file.baseline ?? milliseconds(DEFAULT_PHASES.baseline),
    migration: {
      min: file.migration?.min ?? milliseconds(DEFAULT_PHASES.migrationMin),
      max: file.migration?.max ?? milliseconds(DEFAULT_PHASES.migrationMax),
    },
    recovery: file.recovery ?? milliseconds(DEFAULT_PHASES.recovery),
  };
}
