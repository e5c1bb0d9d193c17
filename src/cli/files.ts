import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';

import { parseDataset, type Dataset } from '../dataset/index.ts';
import {
  didYouMean,
  peek,
  type Override,
  type ParseSettings,
  type ReadFile,
  type SourceFile,
} from '../document/index.ts';
import { Failure, invalidFiles, messageOf, type Issue } from '../errors.ts';
import { FINDINGS } from '../findings/index.ts';
import { makePlan, type Plan } from '../plan/index.ts';
import { parseScenario, type IssueAt, type Scenario } from '../scenario/index.ts';

/** Reads a file that is named on the command line. Throws `Failure('file.unreadable')`. */
export function readSource(path: string): SourceFile {
  try {
    return { file: shown(path), text: readFileSync(path, 'utf8') };
  } catch (error) {
    throw new Failure('file.unreadable', {
      message: `cannot read ${path}: ${messageOf(error)}`,
      cause: error,
    });
  }
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
  const settings: ParseSettings = { overrides, environment: process.env };
  const scenario = parseScenario(source, readReference, settings);
  if (!scenario.ok) throw invalidFiles([...scenario.issues, ...datasetIssues(source)]);
  const unknown = unknownFindings(scenario.value, scenario.issueAt);
  if (unknown.length > 0) throw invalidFiles(unknown);
  const dataset = loadDataset(scenario.value.dataset, source.file);
  const plan = makePlan(scenario.value, dataset);
  if (!plan.ok) throw invalidFiles(plan.issues);
  return plan.value;
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
  const reference = peekDataset(source);
  if (reference !== undefined) {
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

function loadDataset(reference: string, from: string): Dataset {
  const source = readReference(reference, from);
  if (source === undefined)
    throw new Failure('bug', { message: `the scenario was read with its dataset ${reference} missing` });
  const parsed = parseDataset(source, readReference, { environment: process.env });
  if (!parsed.ok) throw invalidFiles(parsed.issues);
  return parsed.value;
}

/** What is wrong with the dataset too, where the scenario that names it is already wrong. */
function datasetIssues(scenario: SourceFile) {
  const reference = peekDataset(scenario);
  const source = reference === undefined ? undefined : readReference(reference, scenario.file);
  const parsed =
    source === undefined ? undefined : parseDataset(source, readReference, { environment: process.env });
  return parsed === undefined || parsed.ok ? [] : parsed.issues;
}

function peekDataset(scenario: SourceFile): string | undefined {
  const reference = peek(scenario, 'dataset');
  return typeof reference === 'string' ? reference : undefined;
}
