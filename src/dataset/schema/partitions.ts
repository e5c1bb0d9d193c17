import type { SqlNode } from '../../postgres/index.ts';

import { constantOf, type Body, type Constant } from './nodes.ts';
import type { Partition, Partitions } from './schema.ts';

export function partitionsOf({ partspec }: Body<'CreateStmt'>): Partitions | undefined {
  if (partspec === undefined) return undefined;
  const [first, ...others] = partspec.partParams ?? [];
  const column =
    others.length === 0 && first !== undefined && 'PartitionElem' in first
      ? first.PartitionElem.name
      : undefined;
  const strategy = STRATEGIES[partspec.strategy ?? ''] ?? 'range';
  return { strategy, column, parts: [], lower: [], upper: [], values: [] };
}

const STRATEGIES: Readonly<Record<string, Partitions['strategy']>> = {
  PARTITION_STRATEGY_RANGE: 'range',
  PARTITION_STRATEGY_LIST: 'list',
  PARTITION_STRATEGY_HASH: 'hash',
};

export function addPartition(
  partitions: Partitions | undefined,
  name: Pick<Partition, 'schema' | 'name' | 'display'>,
  bound: Body<'PartitionBoundSpec'> | undefined,
): void {
  if (partitions === undefined || bound === undefined) return;
  partitions.parts.push({
    ...name,
    isDefault: bound.is_default ?? false,
    lower: constants(bound.lowerdatums)[0],
    upper: constants(bound.upperdatums)[0],
  });
  partitions.lower.push(...constants(bound.lowerdatums));
  partitions.upper.push(...constants(bound.upperdatums));
  partitions.values.push(...constants(bound.listdatums));
}

/** MINVALUE and MAXVALUE are no constants: they bound nothing. */
function constants(nodes: readonly SqlNode[] | undefined): readonly Constant[] {
  return (nodes ?? []).map(constantOf).filter((value) => value !== undefined);
}
