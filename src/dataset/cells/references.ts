import {
  permutation,
  randomKey,
  randomWord,
  rankSampler,
  type Distribution,
} from '../../statistics/index.ts';
import type { Pick, Value, ScalarValue } from '../generator.ts';
import { shareOf } from '../fan-out.ts';

import { drawsOf, keyOf, type Cell, type Scope } from './cell.ts';
import { unitsPerOne } from './numbers.ts';

/** The key of another table's row, computed as that table's own column computes it. */
export function reference(pick: Pick, parent: Cell, parentScope: Scope, scope: Scope): Cell {
  const parents = parentScope.rows;
  const pickRow = picker(pick, parents, scope);
  const factor = unitsPerOne(scope.type) / unitsPerOne(parentScope.type);
  const write = parent.write;
  const sameForm = factor === 1 && scope.type.kind === parentScope.type.kind;
  return {
    value: (row) => {
      const parentRow = pickRow(row);
      return parentRow < 0 ? null : scaled(parent.value(parentRow), factor);
    },
    maxBytes: parent.maxBytes,
    ...(write !== undefined && sameForm ? { write: writePicked(write, pickRow) } : {}),
  };
}

type SizedWrite = NonNullable<Cell['write']>;

function writePicked(write: SizedWrite, pickRow: RowPicker): SizedWrite {
  return (buffer, at, row) => {
    const parentRow = pickRow(row);
    return parentRow < 0 ? buffer.writeInt32BE(-1, at) : write(buffer, at, parentRow);
  };
}

/** Row of the parent; below 0 for none. */
type RowPicker = (row: number) => number;

const scaled = (value: Value, factor: number): Value =>
  factor !== 1 && typeof value === 'number' ? Math.round(value * factor) : value;

function picker(pick: Pick, parents: number, scope: Scope): RowPicker {
  if (parents === 0) return () => -1;
  switch (pick.kind) {
    case 'random':
      return randomPicker(pick, parents, scope);
    case 'spread':
      return (row) => shareOf(row, parents, Math.max(parents, scope.rows));
    case 'parent':
      return scope.layout?.parentOf ?? ((row) => row);
    case 'partner':
      return partnerOf(parents, scope);
    case 'earlier': {
      const draws = drawsOf({ ...scope, path: scope.path.slice(0, 1) }, pick.draw);
      const root = pick.root === 'self' ? 0 : -1;
      return (row) => (row === 0 ? root : draws.at(row).below(row));
    }
  }
}

function randomPicker(pick: Pick & { readonly kind: 'random' }, parents: number, scope: Scope): RowPicker {
  const { distribution, childless, draw } = pick;
  const table = scope.path.slice(0, 1);
  const draws = drawsOf({ ...scope, path: table }, draw);
  const drawn = Math.max(1, Math.round(parents * (1 - childless)));
  const rank = rankSampler(distribution, drawn);
  if (isFlat(distribution) && drawn >= parents) return (row) => rank(draws.at(row));
  const permute = permutation(Math.max(1, parents), randomKey(scope.seed, ...table, draw, 'permute'));
  return (row) => permute(rank(draws.at(row)));
}

const isFlat = (distribution: Distribution): boolean => distribution.kind === 'uniform';

/** Children of one parent take places one after the other from a random start in a permuted circle: all different. */
export function partnerOf(size: number, scope: Scope): (row: number) => number {
  const key = keyOf(scope);
  const circle = Math.max(1, size);
  const permute = permutation(circle, keyOf(scope, 'circle'));
  const { parentOf, ordinalOf } = scope.layout ?? { parentOf: () => 0, ordinalOf: (row: number) => row };
  return (row) => permute((randomWord(key, parentOf(row), 0) + ordinalOf(row)) % circle);
}

export function distinctChoice(values: readonly ScalarValue[], scope: Scope): (row: number) => ScalarValue {
  const place = partnerOf(values.length, scope);
  return (row) => values[place(row)] ?? null;
}
