import { parseTimestamp } from '../calendar.ts';
import { INTEGER_RANGES, isInteger, isTime, type ColumnType } from '../column-type.ts';
import { microsecondsPerUnit } from '../cells/numbers.ts';
import type { Constant } from '../schema/nodes.ts';
import { restrictionsOf, type Restriction } from '../schema/restriction.ts';
import type { SchemaTable } from '../schema/schema.ts';

/** What the type, its simple CHECKs and its partitions allow a column to hold. */
export interface Limits {
  /** Inclusive; numbers in their own unit, times in microseconds since 2000. Undefined where the type alone decides. */
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly values: readonly Constant[] | undefined;
  /** Characters. */
  readonly shortest: number;
  readonly longest: number | undefined;
  /** A column of the same table that must not be later. */
  readonly notBefore: string | undefined;
  /** A regular expression for a text. */
  readonly pattern: string | undefined;
}

export interface TableLimits {
  readonly limitsOf: (column: string, type: ColumnType) => Limits;
  readonly isNotNull: (column: string) => boolean;
}

type Restricted = Pick<SchemaTable, 'checks' | 'partitions'>;

export function tableLimits(table: Restricted): TableLimits {
  const restrictions = restrictionsIn(table);
  return {
    limitsOf: (column, type) =>
      limitsOf(
        restrictions.filter((one) => one.column === column),
        type,
      ),
    isNotNull: (column) => restrictions.some((one) => one.kind === 'notNull' && one.column === column),
  };
}

/** Whether what is asked of the column may be more than one value can keep: an empty range, or a list beside other limits. */
export function mayContradict(table: Restricted, column: string, type: ColumnType): boolean {
  const restrictions = restrictionsIn(table).filter((one) => one.column === column);
  const { min = -Infinity, max = Infinity, shortest, longest = Infinity } = limitsOf(restrictions, type);
  const isListed = restrictions.some(({ kind }) => kind === 'values');
  return min > max || shortest > longest || (isListed && restrictions.length > 1);
}

const restrictionsIn = (table: Restricted): readonly Restriction[] => [
  ...table.checks.flatMap((check) => restrictionsOf(check)),
  ...partitionRestrictions(table),
];

/** Rows must find a partition: between the lowest and the highest bound, or among the listed values. */
function partitionRestrictions({ partitions }: Restricted): readonly Restriction[] {
  if (partitions?.column === undefined) return [];
  const { column, lower, upper, values } = partitions;
  const [from] = lower.toSorted(compareConstants);
  const to = upper.toSorted(compareConstants).at(-1);
  return [
    ...(from === undefined ? [] : [{ kind: 'min', column, bound: from, strict: false } as const]),
    ...(to === undefined ? [] : [{ kind: 'max', column, bound: to, strict: true } as const]),
    ...(values.length === 0 ? [] : [{ kind: 'values', column, values } as const]),
  ];
}

const compareConstants = (one: Constant, other: Constant): number =>
  typeof one === 'number' && typeof other === 'number' ? one - other : String(one) < String(other) ? -1 : 1;

function limitsOf(restrictions: readonly Restriction[], type: ColumnType): Limits {
  const bounds = (kind: 'min' | 'max'): number[] =>
    restrictions.flatMap((one) => (one.kind === kind ? inclusive(one, type) : []));
  const lengths = (kind: 'shortest' | 'longest'): number[] =>
    restrictions.flatMap((one) => (one.kind === kind ? [one.length] : []));
  const longest = [
    ...lengths('longest'),
    ...(type.kind === 'text' && type.max !== undefined ? [type.max] : []),
  ];
  return {
    min: bounds('min').length === 0 ? undefined : Math.max(...bounds('min')),
    max: bounds('max').length === 0 ? undefined : Math.min(...bounds('max')),
    values: restrictions.find((one) => one.kind === 'values')?.values,
    shortest: Math.max(0, ...lengths('shortest')),
    longest: longest.length === 0 ? undefined : Math.min(...longest),
    notBefore: restrictions.find((one) => one.kind === 'notBefore')?.other,
    pattern: restrictions.find((one) => one.kind === 'pattern')?.pattern,
  };
}

function inclusive(
  { kind, bound, strict }: Restriction & { readonly kind: 'min' | 'max' },
  type: ColumnType,
): readonly number[] {
  const value =
    typeof bound === 'string' ? (isTime(type) ? parseTimestamp(bound) : Number(bound)) : Number(bound);
  if (value === undefined || !Number.isFinite(value)) return [];
  if (!strict) return [value];
  return [kind === 'min' ? value + grainOf(type) : value - grainOf(type)];
}

/** The smallest step that the type makes, in the unit of the limits. */
function grainOf(type: ColumnType): number {
  if (isTime(type)) return microsecondsPerUnit(type);
  if (type.kind === 'numeric') return 10 ** -type.scale;
  return isInteger(type) ? 1 : 1e-6;
}

/** The widest range of numbers that a type holds, for generators without a range of their own. */
export function typeRange(type: ColumnType): readonly [number, number] {
  if (isInteger(type)) return INTEGER_RANGES[type.kind];
  if (type.kind !== 'numeric') return [-1e12, 1e12];
  const digits = Math.min(15 - type.scale, type.precision === undefined ? 15 : type.precision - type.shown);
  const max = 10 ** digits - 10 ** -type.scale;
  return [-max, max];
}
