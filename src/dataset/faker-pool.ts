import { faker } from '@faker-js/faker/locale/en';

import { randomKey } from '../statistics/index.ts';

import { MICROSECONDS_PER_DAY } from './calendar.ts';

/** Values of a faker method, made once: a call costs 0.1 to 5 µs, a place in a pool some nanoseconds. */
export const POOL_SIZE = 8_192;

/** What faker methods yield without arguments, as far as it can stand in a column. */
export type FakerValue = string | number | boolean | bigint | Date;

const pools = new Map<string, readonly FakerValue[]>();

/** The same values for the same seed, method and faker release. Microseconds since 2000 for "now". */
export function fakerPool(
  method: string,
  seed: number,
  refDate: number,
  size: number = POOL_SIZE,
): readonly FakerValue[] {
  const name = `${method} ${seed} ${refDate} ${size}`;
  const known = pools.get(name);
  if (known !== undefined) return known;
  const call = fakerMethod(method);
  const key = randomKey(seed, 'faker', method);
  faker.seed([key.a, key.b]);
  faker.setDefaultRefDate(new Date((refDate / MICROSECONDS_PER_DAY + 10_957) * 86_400_000));
  const values = Array.from({ length: size }, () => call?.() ?? '');
  pools.set(name, values);
  return values;
}

/** Values of a method as text, for statements instead of columns. */
export function fakerTexts(method: string, seed: number): readonly string[] {
  return fakerPool(method, seed, 0).map((value) =>
    value instanceof Date ? value.toISOString() : String(value),
  );
}

/** Undefined where faker has no such method, or it can not be called without arguments. */
export function fakerMethod(method: string): (() => FakerValue) | undefined {
  const [module = '', name = ''] = method.split('.');
  const owner: unknown = Object.hasOwn(faker, module) ? faker[module as keyof typeof faker] : undefined;
  const found = isRecord(owner) ? owner[name] : undefined;
  if (typeof found !== 'function') return undefined;
  const call = (): unknown => (found as () => unknown)();
  try {
    return isFakerValue(call()) ? (call as () => FakerValue) : undefined;
  } catch {
    return undefined;
  }
}

/** All methods, for "did you mean". */
export function fakerMethods(): readonly string[] {
  return Object.entries(faker).flatMap(([module, methods]: [string, unknown]) =>
    isRecord(methods) && module !== 'fakerCore'
      ? Object.entries(methods).flatMap(([name, member]) =>
          typeof member === 'function' ? [`${module}.${name}`] : [],
        )
      : [],
  );
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}

function isFakerValue(value: unknown): value is FakerValue {
  return ['string', 'number', 'boolean', 'bigint'].includes(typeof value) || value instanceof Date;
}
