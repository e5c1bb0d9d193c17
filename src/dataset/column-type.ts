/** A column's type as generators and encoders see it; a domain stands as its base type. */
export type ColumnType = ScalarType | ArrayType | RecordType;

export type ScalarType =
  | IntegerType
  | Plain<'float4' | 'float8' | 'bool' | 'uuid'>
  | NumericType
  | TextType
  | Plain<'date' | 'time' | 'interval'>
  | TimestampType<'timestamp'>
  | TimestampType<'timestamptz'>
  | Plain<'json' | 'jsonb' | 'bytea' | 'inet' | 'cidr'>
  | EnumType
  | SpecialType
  | RangeType;

/** One member for each kind, so that a table over the kinds knows its member. */
type Plain<Kind extends string> = Kind extends string ? { readonly kind: Kind } : never;

export type IntegerType = Plain<'int2' | 'int4' | 'int8'>;
export type TimeType = Plain<'date'> | TimestampType<'timestamp'> | TimestampType<'timestamptz'>;

export interface NumericType {
  readonly kind: 'numeric';
  readonly precision: number | undefined;
  /** Decimals that are generated; a value is a whole number of these units. */
  readonly scale: number;
  /** Decimals that PostgreSQL shows; not below `scale`. */
  readonly shown: number;
}

export interface TextType {
  readonly kind: 'text';
  readonly name: 'text' | 'varchar' | 'bpchar' | 'citext';
  /** Characters. */
  readonly max: number | undefined;
}

export interface TimestampType<Kind extends 'timestamp' | 'timestamptz'> {
  readonly kind: Kind;
  /** Digits of the fraction of a second, 0 to 6. */
  readonly precision: number;
}

export interface EnumType {
  readonly kind: 'enum';
  /** Display name. */
  readonly name: string;
  readonly labels: readonly string[];
}

/** Built-in types, and those of common extensions, whose values are kept as text until they are written. */
export const SPECIAL_NAMES = [
  'timetz',
  'money',
  'bit',
  'varbit',
  'macaddr',
  'macaddr8',
  'xml',
  'tsvector',
  'tsquery',
  'point',
  'lseg',
  'line',
  'box',
  'path',
  'polygon',
  'circle',
  'char',
  'name',
  'oid',
  'xid',
  'xid8',
  'pg_lsn',
  'jsonpath',
  'hstore',
  'ltree',
] as const;
export type SpecialName = (typeof SPECIAL_NAMES)[number];

export interface SpecialType {
  readonly kind: 'special';
  readonly name: SpecialName;
  /** Of bit and varbit: bits. */
  readonly modifier: number | undefined;
}

/** A range or multirange; its values are texts as PostgreSQL prints them. */
export interface RangeType {
  readonly kind: 'range';
  readonly name: string;
  readonly subtype: ScalarType;
  readonly multi: boolean;
  /** Undefined: made by the schema. */
  readonly oid: number | undefined;
}

/** A composite type; its values are lists of the fields' values. */
export interface RecordType {
  readonly kind: 'record';
  readonly name: string;
  readonly fields: readonly RecordField[];
}

export interface RecordField {
  readonly name: string;
  readonly type: ScalarType;
  readonly oid: number;
}

export interface ArrayType {
  readonly kind: 'array';
  readonly element: ScalarType;
  /** Undefined where only the server knows it: enums, domains, types of extensions. */
  readonly elementOid: number | undefined;
}

export type ScalarKind = ScalarType['kind'];

/** Whole numbers that the types hold; int8 only as far as a JavaScript number is exact. */
export const INTEGER_RANGES = {
  int2: [-32_768, 32_767],
  int4: [-2_147_483_648, 2_147_483_647],
  int8: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
} as const satisfies Partial<Record<ScalarKind, readonly [number, number]>>;

export function isInteger(type: ColumnType): type is IntegerType {
  return type.kind === 'int2' || type.kind === 'int4' || type.kind === 'int8';
}

export function isTime(type: ColumnType): type is TimeType {
  return type.kind === 'date' || type.kind === 'timestamp' || type.kind === 'timestamptz';
}

export function isNumber(type: ColumnType): boolean {
  return isInteger(type) || type.kind === 'numeric' || type.kind === 'float4' || type.kind === 'float8';
}

/** As people write it: `varchar(20)`, `numeric(10,2)`, `text[]`. */
export function typeName(type: ColumnType): string {
  if (type.kind === 'array') return `${typeName(type.element)}[]`;
  if (type.kind === 'enum' || type.kind === 'range' || type.kind === 'record') return type.name;
  if (type.kind === 'special')
    return type.modifier === undefined ? type.name : `${type.name}(${type.modifier})`;
  if (type.kind === 'numeric')
    return type.precision === undefined ? 'numeric' : `numeric(${type.precision},${type.shown})`;
  if (type.kind !== 'text') return type.kind;
  const name = type.name === 'bpchar' ? 'char' : type.name;
  return type.max === undefined ? name : `${name}(${type.max})`;
}
