import type { SqlNode } from '../postgres/index.ts';

import { plain } from './plain-name.ts';
import type { SourceText } from './source-text.ts';
import type { ShapeOf, StatementShape } from './statement-shape.ts';

type NodeOf<Kind extends string> = Extract<SqlNode, Readonly<Record<Kind, unknown>>>;
type AlterTable = NodeOf<'AlterTableStmt'> extends { readonly AlterTableStmt: infer Body } ? Body : never;
type ColumnDefinition = NodeOf<'ColumnDef'> extends { readonly ColumnDef: infer Body } ? Body : never;
type Command = NodeOf<'AlterTableCmd'> extends { readonly AlterTableCmd: infer Body } ? Body : never;
type Constraint = NodeOf<'Constraint'> extends { readonly Constraint: infer Body } ? Body : never;

const OTHER: StatementShape = { kind: 'other' };

export function alterTableShapes(statement: AlterTable, source: SourceText): readonly StatementShape[] {
  const table = source.nameAt(statement.relation?.location);
  const commands = statement.cmds ?? [];
  const isOnly = commands.length === 1;
  return commands.map((node) =>
    'AlterTableCmd' in node
      ? (columnShape(table, node.AlterTableCmd, { source, isOnly }) ??
        definedShape(table, node.AlterTableCmd, { source, isOnly }))
      : OTHER,
  );
}

interface Place {
  readonly source: SourceText;
  /** The text of one command among several does not end where the statement does. */
  readonly isOnly: boolean;
}

/** What names an existing column. */
function columnShape(
  table: string,
  { subtype, name = '', def }: Command,
  { source, isOnly }: Place,
): StatementShape | undefined {
  const column = plain(name);
  if (subtype === 'AT_SetNotNull') return { kind: 'set-not-null', table, column };
  if (subtype === 'AT_DropColumn') return { kind: 'drop-column', table, column };
  return subtype === 'AT_AlterColumnType'
    ? { kind: 'alter-type', table, column, ...newType(def, isOnly, source) }
    : undefined;
}

/** What defines something new. */
function definedShape(table: string, { subtype, def }: Command, { source, isOnly }: Place): StatementShape {
  if (def === undefined || !isOnly) return OTHER;
  if ('ColumnDef' in def) return addColumn(table, def.ColumnDef, source);
  if ('Constraint' in def) return addConstraint(table, def.Constraint, source);
  return 'PartitionCmd' in def && subtype === 'AT_DetachPartition' && def.PartitionCmd.concurrent !== true
    ? { kind: 'detach-partition', table, partition: source.nameAt(def.PartitionCmd.name?.location) }
    : OTHER;
}

function newType(def: SqlNode | undefined, isOnly: boolean, source: SourceText): NewType {
  if (!isOnly || def === undefined || !('ColumnDef' in def)) return { type: undefined, using: undefined };
  const text = source.between(def.ColumnDef.typeName?.location ?? 0);
  const [, type = text, using] = /^(.*?)\s+using\s+(.*)$/is.exec(text) ?? [];
  return { type: def.ColumnDef.raw_default === undefined ? text : type, using };
}

interface NewType {
  readonly type: string | undefined;
  readonly using: string | undefined;
}

function addColumn(table: string, definition: ColumnDefinition, source: SourceText): StatementShape {
  const constraints = (definition.constraints ?? []).flatMap((node) =>
    'Constraint' in node ? [node.Constraint] : [],
  );
  const starts = constraints.map(({ location }) => location ?? 0).sort((a, b) => a - b);
  const defaultAt = constraints.find(({ contype }) => contype === 'CONSTR_DEFAULT')?.location;
  return {
    kind: 'add-column',
    table,
    column: source.nameAt(definition.location),
    type: source.between(definition.typeName?.location ?? 0, starts[0]),
    default: defaultAt === undefined ? undefined : defaultExpression(source, defaultAt, starts),
    notNull: constraints.some(({ contype }) => contype === 'CONSTR_NOTNULL'),
    generated: generatedBy(constraints, source),
  };
}

function generatedBy(
  constraints: readonly Constraint[],
  source: SourceText,
): ShapeOf<'add-column'>['generated'] {
  if (constraints.some(({ contype }) => contype === 'CONSTR_IDENTITY')) return { as: 'identity' };
  const stored = constraints.find(({ contype }) => contype === 'CONSTR_GENERATED');
  if (stored === undefined) return undefined;
  const [, expression] =
    /\bas\s*\((.*)\)\s*(?:stored|virtual)?/is.exec(source.between(stored.location ?? 0)) ?? [];
  return { as: 'stored', expression: expression ?? 'NULL' };
}

function defaultExpression(source: SourceText, at: number, starts: readonly number[]): string {
  return source
    .between(
      at,
      starts.find((start) => start > at),
    )
    .replace(/^default\s+/i, '');
}

/** PostgreSQL's own suffix of a constraint without a name (`ChooseConstraintName`). */
const CONSTRAINTS = {
  CONSTR_FOREIGN: { constraint: 'foreign-key', suffix: 'fkey' },
  CONSTR_CHECK: { constraint: 'check', suffix: 'check' },
  CONSTR_UNIQUE: { constraint: 'unique', suffix: 'key' },
  CONSTR_EXCLUSION: { constraint: 'exclusion', suffix: 'excl' },
  CONSTR_PRIMARY: { constraint: 'primary-key', suffix: 'pkey' },
} as const;

function addConstraint(table: string, definition: Constraint, source: SourceText): StatementShape {
  const kind = Object.entries(CONSTRAINTS).find(([contype]) => contype === definition.contype)?.[1];
  if (kind === undefined || definition.skip_validation === true || definition.indexname !== undefined)
    return OTHER;
  const columns = [...(definition.keys ?? []), ...(definition.fk_attrs ?? [])].flatMap((node) =>
    'String' in node ? [node.String.sval ?? ''] : [],
  );
  const bareTable = table.split('.').at(-1)?.replaceAll('"', '') ?? '';
  return {
    kind: 'add-constraint',
    table,
    constraint: kind.constraint,
    name:
      definition.conname ?? [bareTable, ...(kind.suffix === 'pkey' ? [] : columns), kind.suffix].join('_'),
    definition: source
      .between(definition.location ?? 0)
      .replace(/^constraint\s+(?:"(?:[^"]|"")+"|\S+)\s+/i, ''),
    columns,
  };
}
