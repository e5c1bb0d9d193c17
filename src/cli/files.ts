import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, relative, resolve } from 'node:path';

import { parseDataset, type Dataset, type ParsedDataset } from '../dataset/index.ts';
import { didYouMean, peek, type Override, type ReadFile, type SourceFile } from '../document/index.ts';
import { Failure, invalidFiles, messageOf, type Issue } from '../errors.ts';
import { FINDINGS } from '../findings/index.ts';
import { makeExistingPlan, makePlan, unknownNames, type Plan } from '../plan/index.ts';
import { parseScenario, type IssueAt, type Scenario } from '../scenario/index.ts';
import { bytes, type Bytes } from '../units.ts';

import { readText } from './read-file.ts';

/** The AST of a file takes many times its size. Schemas of hundreds of tables have some MB. */
const LARGEST_SOURCE = bytes(16 * 1024 ** 2);
/** Reports are read one at a time, and grow with the length of the run. */
export const LARGEST_REPORT = bytes(256 * 1024 ** 2);

/** Reads a file that is named on the command line. Throws `Failure('file.unreadable')`. */
export function readSource(path: string, limit: Bytes = LARGEST_SOURCE): SourceFile {
  try {
    return { file: shown(path), text: readText(path, limit) };
  } catch (error) {
    throw new Failure('file.unreadable', {
      message: `cannot read ${path}: ${messageOf(error)}`,
      ...neighbour(path),
      cause: error,
    });
  }
}

/** For a name that was misspelt. */
function neighbour(path: string): { readonly hint?: string } {
  const folder = dirname(path);
  if (existsSync(path) || !existsSync(folder)) return {};
  return didYouMean(
    basename(path),
    readdirSync(folder).filter((name) => !name.startsWith('.')),
  );
}

/** As people know the file: from where they are, unless it is far away. */
function shown(path: string): string {
  const near = relative(process.cwd(), resolve(path));
  return near.startsWith('../../..') || isAbsolute(near) ? resolve(path) : near;
}

export const readReference: ReadFile = (reference, from) => {
  const path = resolve(dirname(from), reference);
  return existsSync(path) && statSync(path).isFile() ? readSource(path) : undefined;
};

/** Everything that a scenario is made of, checked together. Throws `Failure('file.invalid')` with every issue. */
export function loadPlan(path: string, overrides: readonly Override[]): Plan {
  const source = readSource(path);
  const scenario = parseScenario(source, readReference, { overrides, environment: process.env });
  const written = contentOf(scenario);
  const dataset = datasetOf(written, source);
  const described = contentOf(dataset);
  const issues = [
    ...issuesIn(scenario),
    ...(written === undefined ? [] : unknownFindings(written, scenario.issueAt)),
    ...issuesIn(dataset),
    ...(written === undefined || described === undefined ? [] : unknownNames(written, described)),
  ];
  if (issues.length > 0 || written === undefined) throw invalidFiles(issues);
  return planOf(written, described, issues);
}

function planOf(scenario: Scenario, dataset: Dataset | undefined, issues: readonly Issue[]): Plan {
  if (dataset === undefined && scenario.dataset.kind === 'file') throw invalidFiles(issues);
  const plan = dataset === undefined ? makeExistingPlan(scenario) : makePlan(scenario, dataset);
  if (!plan.ok) throw invalidFiles(plan.issues);
  return plan.value;
}

type Outcome<Content> =
  | { readonly ok: true; readonly value: Content }
  | { readonly ok: false; readonly issues: readonly Issue[]; readonly draft: Content | undefined }
  | undefined;

const issuesIn = (outcome: Outcome<unknown>): readonly Issue[] =>
  outcome?.ok === false ? outcome.issues : [];

function contentOf<Content>(outcome: Outcome<Content>): Content | undefined {
  return outcome?.ok === true ? outcome.value : outcome?.draft;
}

/** What a scenario accepts must be a finding that there is. */
function unknownFindings({ accept }: Scenario, issueAt: IssueAt): Issue[] {
  const known = FINDINGS.map(({ id }) => id);
  return accept
    .filter(({ finding }) => !known.some((id) => id === finding))
    .map(({ finding }) =>
      issueAt(
        ['accept', finding],
        `there is no finding ${JSON.stringify(finding)}`,
        didYouMean(finding, known).hint,
      ),
    );
}

/** A dataset file that is named on the command line. Throws `Failure('file.invalid')` with every issue. */
export function loadDatasetFile(path: string, overrides: readonly Override[]): Dataset {
  const source = readSource(path);
  const reference = peek(source, 'dataset');
  if (typeof reference === 'string') {
    throw new Failure('usage', {
      message: 'expected a dataset file, found a scenario',
      where: path,
      hint: `its dataset is ${shown(resolve(dirname(path), reference))}`,
    });
  }
  const parsed = parseDataset(source, readReference, { overrides, environment: process.env });
  if (!parsed.ok) throw invalidFiles(parsed.issues);
  return parsed.value;
}

/** Undefined where there is none to read, or no such file, which the scenario's own issues say. */
function datasetOf(written: Scenario | undefined, scenario: SourceFile): ParsedDataset | undefined {
  if (written?.dataset.kind === 'existing') return undefined;
  const reference = written?.dataset.file ?? peek(scenario, 'dataset');
  const source = typeof reference === 'string' ? readReference(reference, scenario.file) : undefined;
  return source && parseDataset(source, readReference, { environment: process.env });
}
