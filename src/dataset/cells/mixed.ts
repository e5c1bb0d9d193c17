import { permutation, randomKey, RandomDraws, weightedSampler } from '../../statistics/index.ts';
import type { Generator, RangeGenerator, ScalarValue } from '../generator.ts';
import type { ResolvedColumn } from '../model.ts';
import { rangeText } from '../range-text.ts';
import { SPECIALS, specialValues } from '../special/special.ts';
import { scalarForm } from '../text-form.ts';

import { drawsOf, keyOf, type Cell, type Scope } from './cell.ts';
import type { MakeCell } from './make-cell.ts';

type Kind<Name> = Extract<Generator<ResolvedColumn>, { readonly kind: Name }>;

/** Each row takes another number, as long as the type has enough values. */
export function specialCell({ name, modifier }: Kind<'special'>, scope: Scope): Cell {
  const { make, values, maxBytes } = SPECIALS[name];
  const size = specialValues(name, modifier);
  const permute = permutation(Math.min(values, size), keyOf(scope));
  const draws = drawsOf(scope, 'rest');
  return { value: (row) => make(permute(row % size), draws.at(row), modifier), maxBytes };
}

export function rangeCell(generator: RangeGenerator<ResolvedColumn>, scope: Scope, make: MakeCell): Cell {
  const { type } = scope;
  if (type.kind !== 'range') return { value: () => null, maxBytes: 0 };
  const subtype = type.subtype;
  const lower = make(generator.of, { ...scope, type: subtype, path: [...scope.path, 'lower'] });
  const form = scalarForm(subtype);
  const draws = drawsOf(scope, 'length');
  const { min, max, disjoint } = generator;
  const upperOf = (row: number, start: number): number => {
    const end = start + min + draws.at(row).below(max - min + 1);
    if (!disjoint) return end;
    const next = lower.value(row + 1);
    return typeof next === 'number' && next > start ? Math.min(end, next) : end;
  };
  return {
    value: (row) => {
      const start = lower.value(row);
      return typeof start === 'number' ? rangeText(form(start), form(upperOf(row, start)), type.multi) : null;
    },
    maxBytes: 16 + 2 * (4 + lower.maxBytes),
  };
}

export function recordCell(fields: readonly Generator<ResolvedColumn>[], scope: Scope, make: MakeCell): Cell {
  const { type } = scope;
  const cells = fields.map((field, index) => {
    const of = type.kind === 'record' ? type.fields[index] : undefined;
    return make(field, {
      ...scope,
      type: of?.type ?? type,
      path: [...scope.path, of?.name ?? String(index)],
    });
  });
  return {
    value: (row) => cells.map((cell) => cell.value(row) as ScalarValue),
    maxBytes: cells.reduce((sum, cell) => sum + 8 + cell.maxBytes, 4),
  };
}

export function branchCell({ draw, shares, of }: Kind<'branch'>, scope: Scope, make: MakeCell): Cell {
  const [table = ''] = scope.path;
  const draws = new RandomDraws(randomKey(scope.seed, table, draw, 'branch'));
  const pick = weightedSampler(shares);
  const cells = of.map((one, index) => make(one, { ...scope, path: [...scope.path, String(index)] }));
  return {
    value: (row) => cells[pick(draws.at(row))]?.value(row) ?? null,
    maxBytes: Math.max(0, ...cells.map((cell) => cell.maxBytes)),
  };
}
