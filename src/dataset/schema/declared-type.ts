import {
  SPECIAL_NAMES,
  type ColumnType,
  type RangeType,
  type ScalarKind,
  type ScalarType,
  type TextType,
} from '../column-type.ts';
import { SPECIALS } from '../special/special.ts';

import { constantOf, stringsOf, type Body } from './nodes.ts';
import type { DeclaredType } from './schema.ts';

/** Enum types and domains that the schema creates, by `schema.name`. */
export type UserTypes = ReadonlyMap<string, UserType>;

export type UserType =
  | { readonly kind: 'enum'; readonly name: string; readonly labels: readonly string[] }
  | { readonly kind: 'domain'; readonly base: DeclaredType }
  | { readonly kind: 'range'; readonly name: string; readonly subtype: DeclaredType; readonly multi: boolean }
  | { readonly kind: 'record'; readonly name: string; readonly fields: readonly NamedType[] };

export interface NamedType {
  readonly name: string;
  readonly type: DeclaredType;
}

/** pg_type.dat: OIDs of built-in types are fixed. */
const OIDS: Readonly<Partial<Record<ScalarKind, number>>> = {
  bool: 16,
  bytea: 17,
  int8: 20,
  int2: 21,
  int4: 23,
  json: 114,
  cidr: 650,
  float4: 700,
  float8: 701,
  inet: 869,
  date: 1082,
  time: 1083,
  timestamp: 1114,
  timestamptz: 1184,
  interval: 1186,
  numeric: 1700,
  uuid: 2950,
  jsonb: 3802,
};

const TEXT_OIDS: Readonly<Record<TextType['name'], number | undefined>> = {
  text: 25,
  bpchar: 1042,
  varchar: 1043,
  citext: undefined,
};

/** A serial is an integer that a sequence fills (manual, 8.1.4). */
export const SERIALS: Readonly<Record<string, ScalarType>> = {
  smallserial: { kind: 'int2' },
  serial2: { kind: 'int2' },
  serial: { kind: 'int4' },
  serial4: { kind: 'int4' },
  bigserial: { kind: 'int8' },
  serial8: { kind: 'int8' },
};

type TypeName = Body<'TypeName'>;

export function declaredType(typeName: TypeName, userTypes: UserTypes): DeclaredType {
  const names = stringsOf(typeName.names);
  const written = names.filter((name) => name !== 'pg_catalog').join('.');
  const own = userTypeNamed(names, userTypes);
  const element = own === undefined ? builtIn(names.at(-1) ?? '', modifiersOf(typeName)) : typeOfUser(own);
  if (element === undefined || element.kind === 'unknown') return { kind: 'unknown', name: written };
  if ((typeName.arrayBounds ?? []).length === 0) return element;
  if (element.type.kind === 'array' || element.type.kind === 'record')
    return { kind: 'unknown', name: `${written}[]` };
  const elementOid = own === undefined ? oidOf(element.type) : undefined;
  return { kind: 'known', type: { kind: 'array', element: element.type, elementOid } };
}

export const typeNameOf = (typeName: TypeName): string => stringsOf(typeName.names).at(-1) ?? '';

export function userTypeNamed(names: readonly string[], userTypes: UserTypes): UserType | undefined {
  if (names.includes('pg_catalog')) return undefined;
  const found = [...userTypes].find(([key]) =>
    names.length > 1 ? key === names.join('.') : key.endsWith(`.${names[0] ?? ''}`),
  );
  return found?.[1];
}

function typeOfUser(type: UserType): DeclaredType {
  switch (type.kind) {
    case 'domain':
      return type.base;
    case 'enum':
      return { kind: 'known', type: { kind: 'enum', name: type.name, labels: type.labels } };
    case 'range':
      return rangeOf(type);
    case 'record':
      return recordOf(type);
  }
}

function rangeOf({ name, subtype, multi }: UserType & { readonly kind: 'range' }): DeclaredType {
  if (subtype.kind === 'unknown' || subtype.type.kind === 'array' || subtype.type.kind === 'record')
    return { kind: 'unknown', name };
  return { kind: 'known', type: { kind: 'range', name, subtype: subtype.type, multi, oid: undefined } };
}

/** Known where the OIDs of all fields' types are: record_recv wants them. */
function recordOf({ name, fields }: UserType & { readonly kind: 'record' }): DeclaredType {
  const known = fields.flatMap((field) => {
    if (
      field.type.kind === 'unknown' ||
      field.type.type.kind === 'array' ||
      field.type.type.kind === 'record'
    )
      return [];
    const oid = oidOf(field.type.type);
    return oid === undefined ? [] : [{ name: field.name, type: field.type.type, oid }];
  });
  return known.length === fields.length
    ? { kind: 'known', type: { kind: 'record', name, fields: known } }
    : { kind: 'unknown', name };
}

function oidOf(type: ScalarType): number | undefined {
  if (type.kind === 'special') return SPECIALS[type.name].oid;
  if (type.kind === 'range') return type.oid;
  return type.kind === 'text' ? TEXT_OIDS[type.name] : OIDS[type.kind];
}

const modifiersOf = (typeName: TypeName): readonly number[] =>
  (typeName.typmods ?? []).flatMap((node) => {
    const value = constantOf(node);
    return typeof value === 'number' ? [value] : [];
  });

function builtIn(name: string, modifiers: readonly number[]): DeclaredType | undefined {
  const make = BUILT_IN[name];
  return make === undefined ? undefined : { kind: 'known', type: make(modifiers) };
}

type Make = (modifiers: readonly number[]) => ColumnType;

const plain =
  (type: ScalarType): Make =>
  () =>
    type;
const text =
  (name: TextType['name']): Make =>
  ([max]) => ({ kind: 'text', name, max });
const timestamp =
  (kind: 'timestamp' | 'timestamptz'): Make =>
  ([precision]) => ({ kind, precision: precision ?? 6 });

/** More decimals than these would leave the exact range of numbers. */
const MAX_SCALE = 6;
/** Decimals of a numeric without modifiers. */
const FREE_SCALE = 2;

const numeric: Make = ([precision, scale]) => {
  const shown = precision === undefined ? FREE_SCALE : Math.max(0, scale ?? 0);
  return { kind: 'numeric', precision, scale: Math.min(shown, MAX_SCALE), shown };
};

const special =
  (name: (typeof SPECIAL_NAMES)[number]): Make =>
  ([modifier]) => ({ kind: 'special', name, modifier });

type BuiltInRange = readonly [name: string, subtype: ScalarType, oid: number, multiOid: number];

const RANGES: readonly BuiltInRange[] = [
  ['int4', { kind: 'int4' }, 3904, 4451],
  ['int8', { kind: 'int8' }, 3926, 4536],
  ['num', { kind: 'numeric', precision: undefined, scale: 2, shown: 2 }, 3906, 4532],
  ['ts', { kind: 'timestamp', precision: 6 }, 3908, 4533],
  ['tstz', { kind: 'timestamptz', precision: 6 }, 3910, 4534],
  ['date', { kind: 'date' }, 3912, 4535],
];

const rangeTypes = RANGES.flatMap(([name, subtype, oid, multiOid]): readonly RangeType[] => [
  { kind: 'range', name: `${name}range`, subtype, multi: false, oid },
  { kind: 'range', name: `${name}multirange`, subtype, multi: true, oid: multiOid },
]);

const BUILT_IN: Readonly<Record<string, Make>> = {
  ...Object.fromEntries(SPECIAL_NAMES.map((name) => [name, special(name)])),
  ...Object.fromEntries(rangeTypes.map((type) => [type.name, plain(type)])),
  ...Object.fromEntries(Object.entries(SERIALS).map(([name, type]) => [name, plain(type)])),
  int2: plain({ kind: 'int2' }),
  int4: plain({ kind: 'int4' }),
  int8: plain({ kind: 'int8' }),
  float4: plain({ kind: 'float4' }),
  float8: plain({ kind: 'float8' }),
  numeric,
  bool: plain({ kind: 'bool' }),
  text: text('text'),
  varchar: text('varchar'),
  bpchar: text('bpchar'),
  citext: text('citext'),
  uuid: plain({ kind: 'uuid' }),
  date: plain({ kind: 'date' }),
  timestamp: timestamp('timestamp'),
  timestamptz: timestamp('timestamptz'),
  time: plain({ kind: 'time' }),
  interval: plain({ kind: 'interval' }),
  json: plain({ kind: 'json' }),
  jsonb: plain({ kind: 'jsonb' }),
  bytea: plain({ kind: 'bytea' }),
  inet: plain({ kind: 'inet' }),
  cidr: plain({ kind: 'cidr' }),
};
