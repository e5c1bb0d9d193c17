/** A column's type as generators and encoders see it; a domain stands as its base type. */
export type ColumnType = ScalarType | ArrayType;

export type ScalarType =
  | { readonly kind: 'int2' | 'int4' | 'int8' | 'float4' | 'float8' | 'bool' | 'uuid' }
  | NumericType
  | TextType
  | { readonly kind: 'date' | 'time' | 'interval' }
  | TimestampType
  | { readonly kind: 'json' | 'jsonb' | 'bytea' | 'inet' | 'cidr' }
  | EnumType;

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

export interface TimestampType {
  readonly kind: 'timestamp' | 'timestamptz';
  /** Digits of the fraction of a second, 0 to 6. */
  readonly precision: number;
}

export interface EnumType {
  readonly kind: 'enum';
  /** Display name. */
  readonly name: string;
  readonly labels: readonly string[];
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

export function isInteger(type: ColumnType): type is { readonly kind: 'int2' | 'int4' | 'int8' } {
  return type.kind === 'int2' || type.kind === 'int4' || type.kind === 'int8';
}

export function isTime(type: ColumnType): type is TimestampType | { readonly kind: 'date' } {
  return type.kind === 'date' || type.kind === 'timestamp' || type.kind === 'timestamptz';
}

export function isNumber(type: ColumnType): boolean {
  return isInteger(type) || type.kind === 'numeric' || type.kind === 'float4' || type.kind === 'float8';
}

/** As people write it: `varchar(20)`, `numeric(10,2)`, `text[]`. */
export function typeName(type: ColumnType): string {
  switch (type.kind) {
    case 'array':
      return `${typeName(type.element)}[]`;
    case 'enum':
      return type.name;
    case 'text':
      return type.max === undefined ? type.name : `${type.name === 'bpchar' ? 'char' : type.name}(${type.max})`;
    case 'numeric':
      return type.precision === undefined ? 'numeric' : `numeric(${type.precision},${type.shown})`;
    case 'int2':
    case 'int4':
    case 'int8':
    case 'float4':
    case 'float8':
    case 'bool':
    case 'uuid':
    case 'date':
    case 'timestamp':
    case 'timestamptz':
    case 'time':
    case 'interval':
    case 'json':
    case 'jsonb':
    case 'bytea':
    case 'inet':
    case 'cidr':
      return type.kind;
  }
}
