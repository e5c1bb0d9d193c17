import { isInteger } from '../column-type.ts';
import type { Generator } from '../generator.ts';
import type { TableLayout } from '../model.ts';
import type { UniqueKey } from '../schema/schema.ts';

import type { FilledColumn } from './draft.ts';
import { choiceValues, injective, isInjective } from './injective.ts';

/** The columns of a table and how its rows stand to those of a parent. */
export interface Layout {
  readonly columns: readonly FilledColumn[];
  readonly layout: TableLayout;
  /** The file says how many rows there are. */
  readonly stated: boolean;
  /** Keys that hold by chance at best. */
  readonly unsolved: readonly UniqueKey[];
  readonly notes: readonly string[];
}

/** Makes every unique key hold by construction; a note where that fails, for the server will then refuse the key. */
export function withUniqueKeys(table: string, keys: readonly UniqueKey[], start: Layout): Layout {
  const singlesFirst = keys.toSorted((one, other) => one.columns.length - other.columns.length);
  return singlesFirst.reduce((state, key) => withUniqueKey(table, key, state), start);
}

function withUniqueKey(table: string, key: UniqueKey, state: Layout): Layout {
  const members = state.columns.filter((column) => key.columns.includes(column.name));
  // A column that the server fills by itself: its default has to keep the key.
  if (members.length < key.columns.length || members.some(isInjective)) return state;
  if (key.partial && state.stated && members.some(({ generator }) => generator.kind === 'reference'))
    return withNote(table, key, state);
  const solved = members.length === 1 ? single(members, state) : composite(members, state);
  return solved ?? withNote(table, key, state);
}

function withNote(table: string, key: UniqueKey, state: Layout): Layout {
  const note = `${table}: the values of (${key.columns.join(', ')}) may repeat, but ${key.name} wants them unique`;
  return { ...state, notes: [...state.notes, note], unsolved: [...state.unsolved, key] };
}

function single([member]: readonly FilledColumn[], state: Layout): Layout | undefined {
  const generator = member === undefined ? undefined : injective(member);
  return member === undefined || generator === undefined ? undefined : replaced(state, member, generator);
}

/**
 * One member unique by itself if it is a text, a UUID or a time; else the rows are laid out by a parent (the driver)
 * and another member differs among the children of each parent.
 */
function composite(members: readonly FilledColumn[], state: Layout): Layout | undefined {
  const easy = members.find(
    (member) =>
      !member.explicit &&
      ['text', 'uuid', 'timestamp', 'timestamptz'].includes(member.type.kind) &&
      member.generator.kind !== 'choice' &&
      member.generator.kind !== 'reference',
  );
  if (easy !== undefined) return single([easy], state);
  if (areOneKey(members)) return single(members.slice(0, 1), state);
  const driven = withDriver(members, state);
  if (driven === undefined)
    return members
      .toSorted((one, other) => Number(isListed(one)) - Number(isListed(other)))
      .map((member) => single([member], state))
      .find((one) => one !== undefined);
  const others = driven.columns.filter(
    (column) => members.some(({ name }) => name === column.name) && !isParentPick(column.generator),
  );
  return firstPartner(others, driven);
}

/** A list gives a table few rows: a number beside it, many. */
const isListed = ({ type, generator, limits }: FilledColumn): boolean =>
  type.kind === 'bool' || limits.values !== undefined || choiceValues(generator) !== undefined;

/** All of them together are one foreign key: each parent once. */
function areOneKey(members: readonly FilledColumn[]): boolean {
  const draws = new Set(
    members.map(({ generator }) => (generator.kind === 'reference' ? generator.draw : undefined)),
  );
  return draws.size === 1 && !draws.has(undefined) && members.length > 1;
}

const isParentPick = (generator: Generator<string>): boolean =>
  generator.kind === 'reference' && generator.pick.kind === 'parent';

/** The member by whose parent the rows are laid out; made so where the table has no layout yet. */
function withDriver(members: readonly FilledColumn[], state: Layout): Layout | undefined {
  if (members.some(({ generator }) => isParentPick(generator))) return state;
  const driver = members.find(
    ({ generator }) => generator.kind === 'reference' && ['random', 'ordered'].includes(generator.pick.kind),
  );
  if (driver?.generator.kind !== 'reference' || state.layout.kind !== 'independent') return undefined;
  const layout: TableLayout = { kind: 'spread', parent: tableOf(driver.generator.key) };
  return replaced({ ...state, layout }, driver, { ...driver.generator, pick: { kind: 'parent' } });
}

export const tableOf = (address: string): string => address.slice(0, address.lastIndexOf('.'));

function firstPartner(others: readonly FilledColumn[], state: Layout): Layout | undefined {
  for (const place of PARTNERS) {
    for (const member of others) {
      const generator = place(member);
      if (generator !== undefined) return replaced(evenly(state, generator), member, generator);
    }
  }
  return undefined;
}

/** How a member can differ among the children of one parent, best first. */
const PARTNERS: readonly ((member: FilledColumn) => Generator<string> | undefined)[] = [
  (member) => (canCount(member) ? { kind: 'ordinal', start: firstOrdinal(member) } : undefined),
  ({ generator }) =>
    generator.kind === 'reference' && generator.pick.kind === 'random'
      ? { ...generator, pick: { kind: 'partner' } }
      : undefined,
  ({ generator }) => {
    const values = choiceValues(generator);
    return values === undefined ? undefined : { kind: 'distinct-choice', values };
  },
];

function canCount({ type, generator, explicit, limits }: FilledColumn): boolean {
  const isCountable = isInteger(type) || type.kind === 'numeric' || type.kind === 'date';
  return isCountable && !explicit && generator.kind !== 'reference' && limits.values === undefined;
}

/** Line numbers begin at 1, days at 2000-01-01. */
const firstOrdinal = ({ type, limits }: FilledColumn): number =>
  type.kind === 'date' ? 0 : Math.ceil(limits.min ?? 1);

/** Partners are limited in number, so no parent may have many more children than the others. */
function evenly(state: Layout, partner: Generator<string>): Layout {
  if (state.layout.kind !== 'clustered' || partner.kind === 'ordinal') return state;
  return {
    ...state,
    layout: { ...state.layout, fanout: { ...state.layout.fanout, weight: { kind: 'even' } } },
  };
}

function replaced(state: Layout, column: FilledColumn, generator: Generator<string>): Layout {
  return {
    ...state,
    columns: state.columns.map((one) =>
      one.name === column.name ? { ...one, generator } : withSamePick(one, column, generator),
    ),
  };
}

/** The columns of one foreign key name one row: they pick it alike. */
function withSamePick(
  one: FilledColumn,
  { generator: before }: FilledColumn,
  after: Generator<string>,
): FilledColumn {
  const isSameKey =
    one.generator.kind === 'reference' &&
    before.kind === 'reference' &&
    one.generator.draw === before.draw &&
    tableOf(one.generator.key) === tableOf(before.key);
  return isSameKey && after.kind === 'reference'
    ? { ...one, generator: { ...one.generator, pick: after.pick } }
    : one;
}
