import { satisfy, type Candidate, type Rows } from '../checks/satisfy.ts';
import { RandomDraws, randomKey } from '../../statistics/index.ts';
import type { Value } from '../generator.ts';
import { literal } from '../literal.ts';
import type { Column, ResolvedColumn, Table } from '../model.ts';
import { columnCell, columnSampler } from '../sampler.ts';
import { columnNamesIn } from '../schema/columns-in.ts';
import { isRespected } from '../schema/restriction.ts';
import type { Check, UniqueKey } from '../schema/schema.ts';
import { mayContradict } from '../spec/limits.ts';

import { resolveColumn, rowsOf } from './columns.ts';
import { complain, type Resolving } from './resolving.ts';

/** Rows of a table in which its checks are tried out: enough for what one row in 500 breaks (e⁻⁴ that none is met). */
const TRIED_ROWS = 2_000;
/** Rows in which a key that holds by chance is tried out. */
const TRIED_FOR_KEYS = 20_000;

/**
 * Tries the checks of a table on some of its rows. What is broken is mended where a column without an entry may be
 * NULL or has a DEFAULT; else it is told: the table, the columns, the constraint and a row.
 */
export function keepChecks(table: Table, resolving: Resolving): void {
  if (rowsOf(table.display, resolving) === 0) return;
  const { file } = resolving.dataset.schema;
  for (const check of table.checks.filter((one) => !isTrusted(one, table))) {
    const message = keepCheck(check, table, resolving);
    const { line } = check;
    if (message !== undefined)
      complain(table.display, { file, line, path: table.display, message, hint: HINT }, resolving);
  }
}

export const HINT = 'name generators for these columns in the dataset file, or `rows: 0` for the table';

/** Generators chosen by the program follow simple checks by themselves. */
function isTrusted(check: Check, table: Table): boolean {
  const { columns } = table;
  const names = columnNamesIn(check.expression).map((name) => ownName(name, check));
  const own = columns.filter((column) => names.includes(column.name));
  const isFree = own.every(
    ({ name, explicit, type, generator }) =>
      !explicit &&
      type.kind !== 'array' &&
      generator.kind !== 'reference' &&
      !mayContradict(table, name, type),
  );
  return own.length < names.length || (isFree && isRespected(check, own));
}

const ownName = (name: string, { domainColumn }: Check): string =>
  name === 'value' && domainColumn !== undefined ? domainColumn : name;

/** Rows that a table's keys skip where a CHECK says something of the first ones: `id <> 1 OR …`. */
const SKIPPED = 1_000;

/** The automatic sequence in the check from a later number on; undefined where there is none, or that was tried. */
function laterSequence(check: Check, table: Table, { replaced }: Resolving): string | undefined {
  const names = columnNamesIn(check.expression);
  const column = table.columns.find(
    ({ name, explicit, generator }) => names.includes(name) && !explicit && generator.kind === 'sequence',
  );
  const address = `${table.display}.${column?.name ?? ''}`;
  if (column?.generator.kind !== 'sequence' || replaced.has(address)) return undefined;
  const { generator } = column;
  replaced.set(address, { ...generator, start: generator.start + SKIPPED });
  return column.name;
}

function keepCheck(check: Check, table: Table, resolving: Resolving): string | undefined {
  const columns = table.columns.map((column) => resolveColumn(`${table.display}.${column.name}`, resolving));
  const outcome = satisfy(check, rowsToTry(columns, resolving), candidatesOf(table));
  switch (outcome.kind) {
    case 'holds':
      return undefined;
    case 'not understood':
      resolving.notes.push(
        `${table.display}: CHECK ${check.name} is not understood; if generated rows break it, name generators for its columns`,
      );
      return undefined;
    case 'with':
      for (const [name, value] of outcome.fixed) fix(`${table.display}.${name}`, value, check, resolving);
      return undefined;
    case 'broken': {
      const later = laterSequence(check, table, resolving);
      if (later !== undefined) {
        resolving.columns.clear();
        resolving.notes.push(
          `${table.display}.${later} begins ${SKIPPED} later, because of CHECK ${check.name}`,
        );
        return keepCheck(check, table, resolving);
      }
      const values = [...outcome.values].map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
      return `row ${outcome.row + 1} (${values.join(', ')}) breaks CHECK ${check.name}`;
    }
  }
}

function rowsToTry(columns: readonly ResolvedColumn[], { seed }: Resolving): Rows {
  const rows = columns[0]?.rows ?? 0;
  const draws = new RandomDraws(randomKey(seed, 'checks')).at(0);
  const cells = new Map<ResolvedColumn, (row: number) => Value>();
  const valueOf = (column: ResolvedColumn, row: number): Value => {
    const known = cells.get(column) ?? columnCell(column).value;
    cells.set(column, known);
    return known(row);
  };
  const numbers =
    rows <= TRIED_ROWS
      ? Array.from({ length: rows }, (_, row) => row)
      : Array.from({ length: TRIED_ROWS }, (_, row) => (row < TRIED_ROWS / 4 ? row : draws.below(rows)));
  return { numbers, columns, valueOf };
}

const candidatesOf = ({ columns }: Table): readonly Candidate[] =>
  columns.flatMap((column) => {
    const instead = column.explicit ? [] : insteadOf(column);
    return instead.length === 0 ? [] : [{ column: column.name, instead }];
  });

function insteadOf({ notNull, constantDefault, type }: Column): readonly Value[] {
  const read = constantDefault === undefined ? undefined : literal(type, constantDefault);
  return [...(read?.ok === true && read.value !== null ? [read.value] : []), ...(notNull ? [] : [null])];
}

function fix(address: string, value: Value, check: Check, resolving: Resolving): void {
  resolving.replaced.set(address, { kind: 'constant', value });
  // Others may have been computed from it.
  resolving.columns.clear();
  const written = value === null ? 'NULL' : JSON.stringify(value);
  resolving.notes.push(`${address} is ${written} in all rows, because of CHECK ${check.name}`);
}

/** Keys without a construction: the first row of each that has the values of an earlier one. */
export function repeatsOf(
  { columns, unsolved }: Table,
  columnOf: (column: Column) => ResolvedColumn,
): readonly { readonly key: UniqueKey; readonly row: number }[] {
  return unsolved.flatMap((key) => {
    const members = columns.filter(({ name }) => key.columns.includes(name)).map(columnOf);
    const row = repeatIn(members);
    return row === undefined ? [] : [{ key, row }];
  });
}

function repeatIn(members: readonly ResolvedColumn[]): number | undefined {
  const samplers = members.map(columnSampler);
  const seen = new Set<string>();
  const rows = Math.min(members[0]?.rows ?? 0, TRIED_FOR_KEYS);
  for (let row = 0; row < rows; row++) {
    const values = samplers.map((value) => value(row));
    if (values.includes(null)) continue;
    const key = JSON.stringify(values);
    if (seen.has(key)) return row;
    seen.add(key);
  }
  return undefined;
}
