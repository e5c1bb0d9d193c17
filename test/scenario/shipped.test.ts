import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, it } from 'vitest';

import { formatIssue } from '#rooms/errors.js';
import { parseScenario, parseTrafficFile, type Scenario } from '#rooms/scenario/index.js';

const SCENARIOS = fileURLToPath(new URL('../../scenarios/', import.meta.url));

const read = (reference: string, from: string) => {
  const file = join(dirname(from), reference);
  return existsSync(file) ? { file, text: readFileSync(file, 'utf8') } : undefined;
};

function shipped(file: string): Scenario {
  const path = join(SCENARIOS, file);
  const outcome = parseScenario({ file: path, text: readFileSync(path, 'utf8') }, read, { environment: {} });
  if (!outcome.ok) throw new Error(outcome.issues.map(formatIssue).join('\n'));
  return outcome.value;
}

const yamlFilesIn = (folder: string): readonly string[] =>
  readdirSync(join(SCENARIOS, folder)).filter((file) => file.endsWith('.yaml'));

const names = yamlFilesIn('.');

/** Without the places in their files. */
const asked = (actors: Scenario['actors']) => actors.map((actor) => ({ ...actor, location: undefined }));
const stepsOf = ({ migration }: Scenario) =>
  migration.map((step) => (step.kind === 'sql' ? step.units : step.kind));

describe.each(names)('%s', (file) => {
  it('is without a mistake', () => {
    const scenario = shipped(file);
    expect(`${scenario.name}.yaml`).toBe(file);
    expect(scenario.migration.length).toBeGreaterThan(0);
  });

  it('names the schema of its kind for editors', () => {
    const [first] = readFileSync(join(SCENARIOS, file), 'utf8').split('\n');
    expect(first).toBe('# yaml-language-server: $schema=../schemas/scenario.schema.json');
  });
});

/** Where the safe way is new code, the twin has the same migration under other traffic. */
const CODE_FIRST = ['products-drop-column-naive.yaml'];

it('every naive scenario names its safe twin, which has the same traffic and dataset', () => {
  const naive = names.filter((file) => file.endsWith('-naive.yaml'));
  expect(naive.length * 2).toBe(names.length);
  for (const file of naive) {
    const twin = file.replace('-naive.yaml', '-safe.yaml');
    const [one, other] = [shipped(file), shipped(twin)];
    expect(one.safer).toBe(`./${twin}`);
    expect([other.dataset, other.scale, asked(other.actors)]).toEqual([
      one.dataset,
      one.scale,
      asked(one.actors),
    ]);
    if (CODE_FIRST.includes(file)) expect(stepsOf(other)).toEqual(stepsOf(one));
    else expect(other.traffic).toEqual(one.traffic);
  }
});

it.each(yamlFilesIn('traffic'))('traffic/%s is without a mistake', (file) => {
  const path = join(SCENARIOS, 'traffic', file);
  const source = { file: path, text: readFileSync(path, 'utf8') };
  expect(parseTrafficFile(source, () => undefined).map(formatIssue)).toEqual([]);
});
