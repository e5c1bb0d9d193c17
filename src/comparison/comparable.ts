import type { Result } from '../result/index.ts';
import { formatSize, bytes } from '../units.ts';

import type { Aspect, Disparity } from './comparison-file.ts';

/** What keeps runs from being held against the first of them; aspects of `despite` are told and allowed. */
export function disparitiesOf(results: readonly Result[], despite: readonly Aspect[]): readonly Disparity[] {
  const [first, ...others] = results;
  if (first === undefined) return [];
  const found = others.flatMap((other) =>
    CHECKS.flatMap(({ aspect, differ }) =>
      differ(first, other).map((sentence) => ({ aspect, sentence, allowed: despite.includes(aspect) })),
    ),
  );
  return [...new Map(found.map((disparity) => [disparity.sentence, disparity])).values()];
}

interface Check {
  readonly aspect: Aspect;
  /** A sentence for each difference. */
  readonly differ: (one: Result, other: Result) => readonly string[];
}

const CHECKS: readonly Check[] = [
  { aspect: 'load', differ: loads },
  {
    aspect: 'dataset',
    differ: (one, other) => {
      const [then, now] = [one.dataset, other.dataset];
      const named = [
        ...unequal('the scales of the dataset differ', then.scale, now.scale),
        ...unequal('the seeds differ', then.seed, now.seed),
      ];
      return named.length > 0 || then.hash === now.hash
        ? named
        : ['the datasets differ in their schema, row counts or generators'];
    },
  },
  { aspect: 'dataset', differ: leavings },
  {
    aspect: 'server',
    differ: (one, other) => [
      ...unequal('the major versions of PostgreSQL differ', majorOf(one), majorOf(other)),
      ...unequal('the limits of the containers differ', limitsOf(one), limitsOf(other)),
    ],
  },
  { aspect: 'host', differ: hosts },
];

function loads(one: Result, other: Result): readonly string[] {
  if (one.scenario.hash === other.scenario.hash) return [];
  const [then, now] = [one.scenario.parts, other.scenario.parts];
  if (then === undefined || now === undefined)
    return ['the scenarios differ, and a report of an older version does not say in what'];
  return then.load === now.load
    ? []
    : ['the loads differ: rates, mixes, connections, actors or phases of the scenarios are not the same'];
}

/** Where the earlier run changed the database for good. */
function leavings(one: Result, other: Result): readonly string[] {
  const [earlier, later] = one.startedAt <= other.startedAt ? [one, other] : [other, one];
  return earlier.startedAt < later.startedAt && earlier.server?.inPlace === true
    ? [
        'the data differ: the earlier run was in the database itself (--in-place), and the later one began with what it left',
      ]
    : [];
}

/** Machines with nearly the same memory are the same: a kernel keeps some for itself. */
const MEMORY_TOLERANCE = 0.1;

function hosts({ host: one }: Result, { host: other }: Result): readonly string[] {
  const memories = [one.memory, other.memory].toSorted((a, b) => a - b);
  const [less = 0, more = 0] = memories;
  return [
    ...unequal('the platforms differ', one.platform, other.platform),
    ...unequal('the processors differ', one.cpuModel, other.cpuModel),
    ...unequal('the numbers of processors differ', one.cpus, other.cpus),
    ...(less >= more * (1 - MEMORY_TOLERANCE)
      ? []
      : unequal('the memories differ', formatSize(bytes(one.memory)), formatSize(bytes(other.memory)))),
  ];
}

function limitsOf({ server }: Result): string {
  const { cpus, memory } = server?.container ?? {};
  const limits = [
    ...(cpus === undefined ? [] : [`${cpus} processors`]),
    ...(memory === undefined ? [] : [formatSize(bytes(memory))]),
  ];
  return limits.length === 0 ? 'none' : limits.join(', ');
}

const majorOf = ({ server }: Result): number => Math.floor((server?.versionNumber ?? 0) / 10_000);

const unequal = (what: string, one: string | number, other: string | number): readonly string[] =>
  one === other ? [] : [`${what}: ${one} and ${other}`];

/** What differs between the sides and may: mostly what was changed on purpose. */
export function notesOn(one: Result, other: Result): readonly string[] {
  return [
    ...changedParts(one, other),
    ...settings(one, other),
    ...unequal('the versions of PostgreSQL differ', versionOf(one), versionOf(other)),
    ...unequal('the targets differ', targetOf(one), targetOf(other)),
    ...unequal('the images of the containers differ', imageOf(one), imageOf(other)),
    ...unequal('the versions of pg-rehearse differ', one.harness.version, other.harness.version),
    ...(one.dataset.file === 'existing'
      ? ['the data were there before: nobody knows whether they were the same']
      : []),
  ];
}

const versionOf = ({ server }: Result): string => server?.version ?? 'unknown';
const imageOf = ({ server }: Result): string => {
  const { image, digest, id } = server?.container ?? {};
  return image === undefined ? 'none' : `${image} (${(digest ?? id ?? '').slice(0, 19)})`;
};
const targetOf = ({ server }: Result): string => server?.target ?? 'unknown';

function changedParts(one: Result, other: Result): readonly string[] {
  const [then, now] = [one.scenario.parts, other.scenario.parts];
  if (then === undefined || now === undefined) return [];
  const names = Object.keys({ ...then.transactions, ...now.transactions });
  const changed = names.filter((name) => then.transactions[name] !== now.transactions[name]);
  return [
    ...(then.migration === now.migration ? [] : ['the migrations differ']),
    ...(changed.length === 0 ? [] : [`the statements or parameters differ of ${changed.join(', ')}`]),
  ];
}

const MOST_SETTINGS = 6;
/** Every server of ours has its own. */
const OF_EVERY_SERVER: readonly string[] = ['port', 'cluster_name'];

function settings({ server: one }: Result, { server: other }: Result): readonly string[] {
  const [then, now] = [one?.settings ?? {}, other?.settings ?? {}];
  const names = Object.keys({ ...then, ...now }).filter(
    (name) => then[name] !== now[name] && !OF_EVERY_SERVER.includes(name),
  );
  return [
    ...names
      .slice(0, MOST_SETTINGS)
      .map((name) => `the setting ${name} differs: ${then[name] ?? 'default'} and ${now[name] ?? 'default'}`),
    ...(names.length > MOST_SETTINGS ? [`and ${names.length - MOST_SETTINGS} more settings`] : []),
  ];
}
