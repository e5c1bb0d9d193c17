import type { TableEntry } from '../definition.ts';
import type { Generator } from '../generator.ts';
import { literal } from '../literal.ts';

import { areComparable } from './column-generator.ts';
import { nearest, type Context } from './context.ts';
import type { FilledColumn } from './draft.ts';
import type { TableSource } from './table-source.ts';

type Entry = NonNullable<TableEntry['references']>[number];

/** Columns that refer to several tables (`references` in the file), with the columns that tell which. */
export function withBranches(
  columns: readonly FilledColumn[],
  { entry, table }: TableSource,
  context: Context,
): readonly FilledColumn[] {
  const entries = entry?.references ?? [];
  const names = [...new Set(entries.map(({ column }) => column))];
  return names.reduce(
    (state, name) =>
      withBranch(
        state,
        entries.filter(({ column }) => column === name),
        { name, table: table.display, context },
      ),
    columns,
  );
}

interface Place {
  readonly name: string;
  readonly table: string;
  readonly context: Context;
}

function withBranch(
  columns: readonly FilledColumn[],
  entries: readonly Entry[],
  { name, table, context }: Place,
): readonly FilledColumn[] {
  const column = columns.find((one) => one.name === name);
  const names = columns.map((one) => one.name);
  if (column === undefined) {
    context.report(
      ['references'],
      `${table} has no column ${JSON.stringify(name)} to fill`,
      nearest(name, names),
    );
    return columns;
  }
  const shares = entries.map(({ share = 1 }) => share);
  const of = entries.flatMap((one) => branchReference(one, column, context) ?? []);
  const branch = (generators: readonly Generator<string>[]): Generator<string> => ({
    kind: 'branch',
    draw: name,
    shares,
    of: generators,
  });
  if (of.length < entries.length) return columns;
  const tellers = [...new Set(entries.flatMap(({ when = {} }) => Object.keys(when)))];
  const told = new Map(tellers.map((teller) => [teller, tellerValues(teller, entries, columns, context)]));
  return columns.map((one) => {
    if (one.name === name) return { ...one, explicit: true, generator: branch(of) };
    const values = told.get(one.name);
    return values === undefined ? one : { ...one, explicit: true, nullFrac: 0, generator: branch(values) };
  });
}

function branchReference(
  { to }: Entry,
  column: FilledColumn,
  { report, typeAt, addresses }: Context,
): Generator<string> | undefined {
  const type = typeAt(to);
  if (type === undefined)
    report(['references'], `there is no column ${JSON.stringify(to)}`, nearest(to, addresses));
  else if (!areComparable(type, column.type))
    report(['references'], `${to} and ${column.name} are of different types`);
  else
    return {
      kind: 'reference',
      key: to,
      draw: `${column.name} ${to}`,
      pick: { kind: 'random', distribution: { kind: 'uniform' }, childless: 0 },
    };
  return undefined;
}

function tellerValues(
  teller: string,
  entries: readonly Entry[],
  columns: readonly FilledColumn[],
  { report }: Context,
): readonly Generator<string>[] | undefined {
  const column = columns.find((one) => one.name === teller);
  if (column === undefined) {
    report(['references'], `there is no column ${JSON.stringify(teller)} to tell the tables apart`);
    return undefined;
  }
  const values = entries.map(({ when = {} }) => literal(column.type, when[teller] ?? null));
  const wrong = values.find((one) => !one.ok);
  if (wrong !== undefined) report(['references'], `${teller}: expected ${wrong.expected} in every \`when\``);
  return values.map((one) => ({ kind: 'constant', value: one.ok ? one.value : null }));
}
