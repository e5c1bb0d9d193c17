import { explainIssues, type Path } from '../../document/index.ts';
import { valueDefinition, type ValueEntry } from '../definition.ts';
import type { ScalarType } from '../column-type.ts';
import type { JsonTemplate } from '../generator.ts';
import { compareKeys, jsonbText } from '../jsonb-text.ts';

import type { Context } from './context.ts';
import { VALUE_GENERATORS, valueGenerator, type ValueGeneratorName } from './value-generator.ts';

/** What belongs to a generator but does not make one. */
const MODIFIERS = ['null_frac', 'scale', 'distribution', 'n_distinct'];

/**
 * A template as it is written: an object whose keys are a generator's name and its modifiers is a generated value,
 * everything else stands for itself. Keys in the order of a jsonb. Undefined after an issue was reported.
 */
export function jsonTemplate(
  written: unknown,
  path: Path,
  context: Context,
): JsonTemplate<string> | undefined {
  if (Array.isArray(written)) {
    const items = written.map((item: unknown, index) => jsonTemplate(item, [...path, index], context));
    return items.every((item) => item !== undefined) ? { kind: 'list', items } : undefined;
  }
  if (!isRecord(written)) return { kind: 'literal', json: jsonbText(written) ?? 'null' };
  const name = generatorIn(written);
  return name === undefined
    ? objectTemplate(written, path, context)
    : generatedValue(name, written, path, context);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function generatorIn(written: Readonly<Record<string, unknown>>): ValueGeneratorName | undefined {
  const keys = Object.keys(written).filter((key) => !MODIFIERS.includes(key));
  return keys.length === 1 ? VALUE_GENERATORS.find((name) => name === keys[0]) : undefined;
}

function objectTemplate(
  written: Readonly<Record<string, unknown>>,
  path: Path,
  context: Context,
): JsonTemplate<string> | undefined {
  const entries = Object.keys(written)
    .toSorted(compareKeys)
    .map((key) => ({ key, value: jsonTemplate(written[key], [...path, key], context) }));
  const complete = entries.flatMap(({ key, value }) => (value === undefined ? [] : [{ key, value }]));
  return complete.length === entries.length ? { kind: 'object', entries: complete } : undefined;
}

function generatedValue(
  name: ValueGeneratorName,
  written: unknown,
  path: Path,
  context: Context,
): JsonTemplate<string> | undefined {
  const report: Context['report'] = (inner, message, hint) =>
    context.report([...path, ...inner], message, hint);
  const parsed = valueDefinition.safeParse(written, { reportInput: true });
  if (!parsed.success) {
    for (const issue of explainIssues(parsed.error.issues, valueDefinition))
      report(issue.path, issue.message, issue.hint);
    return undefined;
  }
  const type = typeFor(name, parsed.data);
  const generator = valueGenerator(name, parsed.data, { type, limits: undefined }, { ...context, report });
  return generator === undefined
    ? undefined
    : { kind: 'value', type, generator, nullFrac: parsed.data.null_frac ?? 0 };
}

/** In JSON nothing says the type of a value but its generator. */
function typeFor(name: ValueGeneratorName, { scale = 2, values }: ValueEntry): ScalarType {
  if (name === 'values') return choiceType(values ?? []);
  return name === 'numeric' ? { kind: 'numeric', precision: undefined, scale, shown: scale } : TYPES[name];
}

const TEXT: ScalarType = { kind: 'text', name: 'text', max: undefined };

const TYPES: Readonly<Record<Exclude<ValueGeneratorName, 'values' | 'numeric'>, ScalarType>> = {
  sequence: { kind: 'int8' },
  int: { kind: 'int8' },
  float: { kind: 'float8' },
  boolean: { kind: 'bool' },
  uuid: { kind: 'uuid' },
  text: TEXT,
  faker: TEXT,
  series: { kind: 'timestamptz', precision: 6 },
  bytes: { kind: 'bytea' },
  inet: { kind: 'inet' },
  interval: { kind: 'interval' },
};

/** Numbers and booleans stay what they are if all values are; any mixture is JSON as written. */
function choiceType(values: NonNullable<ValueEntry['values']>): ScalarType {
  return Array.isArray(values) && values.some((value) => typeof value !== 'string')
    ? { kind: 'jsonb' }
    : TEXT;
}
