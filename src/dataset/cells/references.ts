import {
  permutation,
  randomWord,
  rankSampler,
  type Distribution,
  type RandomDraws,
} from '../../statistics/index.ts';
import type { Pick, ReferenceGenerator, Value, ScalarValue } from '../generator.ts';
import { match, type Cases } from '../match.ts';
import type { ResolvedColumn } from '../model.ts';
import { shareOf } from '../fan-out.ts';
import { setInt32 } from '../page.ts';

import { drawsOf, keyOf, type Cell, type Scope } from './cell.ts';
import { unitsPerOne } from './numbers.ts';

/** The key of another table's row, computed as that table's own column computes it. */
export function reference(generator: Reference, parent: Cell, parentScope: Scope, scope: Scope): Cell {
  const pickRow = picker(generator, parentScope.rows, scope);
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

type Reference = ReferenceGenerator<ResolvedColumn>;
type SizedWrite = NonNullable<Cell['write']>;

function writePicked(write: SizedWrite, pickRow: RowPicker): SizedWrite {
  return (page, at, row) => {
    const parentRow = pickRow(row);
    return parentRow < 0 ? setInt32(page, at, -1) : write(page, at, parentRow);
  };
}

/** Row of the parent; below 0 for none. */
type RowPicker = (row: number) => number;

const scaled = (value: Value, factor: number): Value =>
  factor !== 1 && typeof value === 'number' ? Math.round(value * factor) : value;

function picker({ pick, draw }: Reference, parents: number, scope: Scope): RowPicker {
  if (parents === 0) return () => -1;
  // The columns of one foreign key draw the same rows: what they draw from has the key's name, not theirs.
  const shared = { ...scope, path: [scope.path[0] ?? '', draw] };
  return match(pick, PICKERS, { parents, scope, shared });
}

interface Place {
  readonly parents: number;
  readonly scope: Scope;
  /** With the path that all columns of the foreign key have. */
  readonly shared: Scope;
}

const PICKERS: Cases<Pick<ResolvedColumn>, Place, RowPicker> = {
  random: (pick, { parents, shared }) => randomPicker(pick, parents, shared),
  spread:
    (_, { parents, scope }) =>
    (row) =>
      shareOf(row, parents, Math.max(parents, scope.rows)),
  ordered:
    (_, { parents, scope }) =>
    (row) =>
      shareOf(row, parents, scope.rows),
  scattered: (_, { parents, shared }) => permutation(parents, keyOf(shared, 'scattered')),
  parent: (_, { scope }) => scope.layout?.parentOf ?? ((row) => row),
  partner: (_, { parents, shared }) => partnerOf(parents, shared),
  pair: (pick, { parents, shared }) => pairPicker(pick, parents, drawsOf(shared)),
  earlier: (pick, { shared }) => {
    const draws = drawsOf(shared);
    const root = pick.root === 'self' ? 0 : -1;
    return (row) => (row === 0 ? root : draws.at(row).below(row));
  },
  within: (pick, { parents, scope, shared }) => withinOwner(pick, parents, scope, drawsOf(shared)),
};

function pairPicker(
  { place, ordered }: Extract<Pick<ResolvedColumn>, { readonly kind: 'pair' }>,
  parents: number,
  draws: RandomDraws,
): RowPicker {
  if (parents < 2) return () => (place === 0 ? 0 : -1);
  return (row) => {
    const first = draws.at(row).below(parents);
    const drawn = draws.below(parents - 1);
    const second = drawn >= first ? drawn + 1 : drawn;
    if (ordered) return place === 0 ? Math.min(first, second) : Math.max(first, second);
    return place === 0 ? first : second;
  };
}

/** The parent's rows are spread evenly over the owners (`ordered`): those of one owner stand together. */
function withinOwner(
  { owner, earlier }: Extract<Pick<ResolvedColumn>, { readonly kind: 'within' }>,
  parents: number,
  scope: Scope,
  draws: RandomDraws,
): RowPicker {
  const owners = owner.key.rows;
  const ownerOf = picker(owner, owners, scope);
  const firstOf = firstOfShare(parents, owners);
  return (row) => {
    const one = ownerOf(row);
    if (one < 0) return -1;
    const first = firstOf(one);
    if (earlier !== undefined && row === first) return earlier === 'self' ? row : -1;
    const size = (earlier === undefined ? firstOf(one + 1) : row) - first;
    return size <= 0 ? -1 : first + draws.at(row).below(size);
  };
}

/** The first of `rows` rows that belongs to this owner or a later one (the inverse of `ordered`). */
function firstOfShare(rows: number, owners: number): (owner: number) => number {
  return (owner) => {
    const start = shareOf(owner, rows, owners);
    return start < rows && shareOf(start, owners, rows) < owner ? start + 1 : start;
  };
}

function randomPicker(
  { distribution, childless }: Extract<Pick<ResolvedColumn>, { readonly kind: 'random' }>,
  parents: number,
  scope: Scope,
): RowPicker {
  const draws = drawsOf(scope);
  const drawn = Math.max(1, Math.round(parents * (1 - childless)));
  const rank = rankSampler(distribution, drawn);
  if (isFlat(distribution) && drawn >= parents) return (row) => rank(draws.at(row));
  const permute = permutation(Math.max(1, parents), keyOf(scope, 'permute'));
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
