import type { SqlNode } from '../../postgres/index.ts';

import { constantOf, type Body, type Constant } from './nodes.ts';
import type { Partitions } from './schema.ts';

export function partitionsOf({ partspec }: Body<'CreateStmt'>): Partitions | undefined {
  if (partspec === undefined) return undefined;
  const [first, ...others] = partspec.partParams ?? [];
  const column =
    others.length === 0 && first !== undefined && 'PartitionElem' in first
      ? first.PartitionElem.name
      : undefined;
  return { column, lower: [], upper: [], values: [] };
}

export function addBound(
  partitions: Partitions | undefined,
  bound: Body<'PartitionBoundSpec'> | undefined,
): void {
  if (partitions === undefined || bound === undefined) return;
  partitions.lower.push(...constants(bound.lowerdatums));
  partitions.upper.push(...constants(bound.upperdatums));
  partitions.values.push(...constants(bound.listdatums));
}

/** MINVALUE and MAXVALUE are no constants: they bound nothing. */
function constants(nodes: readonly SqlNode[] | undefined): readonly Constant[] {
  return (nodes ?? []).map(constantOf).filter((value) => value !== undefined);
}
