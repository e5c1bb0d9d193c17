import { splitAtCommas, splitStatements, type SqlNode } from '../postgres/index.ts';

import { bareName, plain } from './plain-name.ts';
import { SourceText } from './source-text.ts';
import type { ShapeOf, StatementShape } from './statement-shape.ts';

type NodeOf<Kind extends string> = Extract<SqlNode, Readonly<Record<Kind, unknown>>>;
type AlterTable = NodeOf<'AlterTableStmt'> extends { readonly AlterTableStmt: infer Body } ? Body : never;
type ColumnDefinition = NodeOf<'ColumnDef'> extends { readonly ColumnDef: infer Body } ? Body : never;
type Command = NodeOf<'AlterTableCmd'> extends { readonly AlterTableCmd: infer Body } ? Body : never;
type Constraint = NodeOf<'Constraint'> extends { readonly Constraint: infer Body } ? Body : never;

const OTHER: StatementShape = { kind: 'other' };

/** Of a statement with one command; of several, each is looked at by itself (`singleCommands`). */
export function alterTableShape(statement: AlterTable, source: SourceText): StatementShape {
  const table = source.nameAt(statement.relation?.location);
  const [node, ...others] = statement.cmds ?? [];
  if (node === undefined || others.length > 0 || !('AlterTableCmd' in node)) return OTHER;
  return columnShape(table, node.AlterTableCmd, source) ?? definedShape(table, node.AlterTableCmd, source);
}

/** `ALTER TABLE t a, b` as `ALTER TABLE t a` and `ALTER TABLE t b`. */
export function singleCommands(statement: AlterTable, source: SourceText): readonly string[] {
  const text = source.between(0);
  const location = statement.relation?.location ?? 0;
  const nameEnd = location + Buffer.byteLength(source.nameAt(location), 'utf8');
  const commands = splitAtCommas(source.between(nameEnd));
  return commands.length === statement.cmds?.length
    ? commands.map((command) => `${source.between(0, nameEnd)} ${command}`)
    : [text];
}

/** What names an existing column. */
function columnShape(
  table: string,
  { subtype, name = '', def }: Command,
  source: SourceText,
): StatementShape | undefined {
  const column = plain(name);
  if (subtype === 'AT_SetNotNull') return { kind: 'set-not-null', table, column };
  if (subtype === 'AT_DropColumn') return { kind: 'drop-column', table, column };
  return subtype === 'AT_AlterColumnType'
    ? { kind: 'alter-type', table, column, ...newType(def, source) }
    : undefined;
}

/** What defines something new. */
function definedShape(table: string, { subtype, def }: Command, source: SourceText): StatementShape {
  if (def === undefined) return OTHER;
  if ('ColumnDef' in def) return addColumn(table, def.ColumnDef, source);
  if ('Constraint' in def) return addConstraint(table, def.Constraint, source) ?? OTHER;
  return 'PartitionCmd' in def && subtype === 'AT_DetachPartition' && def.PartitionCmd.concurrent !== true
    ? { kind: 'detach-partition', table, partition: source.nameAt(def.PartitionCmd.name?.location) }
    : OTHER;
}

function newType(def: SqlNode | undefined, source: SourceText): NewType {
  if (def === undefined || !('ColumnDef' in def)) return { type: '', using: undefined };
  const text = source.between(def.ColumnDef.typeName?.location ?? 0);
  const [, type = text, using] = /^(.*?)\s+using\s+(.*)$/is.exec(text) ?? [];
  return { type: def.ColumnDef.raw_default === undefined ? text : type, using };
}

interface NewType {
  readonly type: string;
  readonly using: string | undefined;
}

function addColumn(table: string, definition: ColumnDefinition, source: SourceText): StatementShape {
  const column = source.nameAt(definition.location);
  const written = (definition.constraints ?? []).flatMap((node) =>
    'Constraint' in node ? [node.Constraint] : [],
  );
  const starts = written.map(({ location }) => location ?? 0).sort((a, b) => a - b);
  const textOf = ({ location = 0 }: Constraint): string =>
    source.between(
      location,
      starts.find((start) => start > location),
    );
  const found = written.find(({ contype }) => contype === 'CONSTR_DEFAULT');
  return {
    kind: 'add-column',
    table,
    column,
    type: source.between(definition.typeName?.location ?? 0, starts[0]),
    default: found === undefined ? undefined : textOf(found).replace(/^default\s+/i, ''),
    notNull: written.some(({ contype }) => contype === 'CONSTR_NOTNULL'),
    constraints: written.flatMap((one) => ofTable(table, column, { constraint: one, text: textOf(one) })),
    generated: generatedBy(written, textOf),
  };
}

interface ColumnConstraint {
  readonly constraint: Constraint;
  readonly text: string;
}

/** The constraint of a column as one of its table: `REFERENCES a` is `FOREIGN KEY (column) REFERENCES a`. */
function ofTable(
  table: string,
  column: string,
  { constraint, text }: ColumnConstraint,
): readonly ShapeOf<'add-constraint'>[] {
  const named = constraint.conname === undefined ? '' : `CONSTRAINT ${plain(constraint.conname)} `;
  const words = text.replace(NAMED, '');
  const sql = COLUMN_CONSTRAINTS[String(constraint.contype)]?.(words, column);
  if (sql === undefined) return [];
  return shapesOfConstraint(`ALTER TABLE ${table} ADD ${named}${sql}`);
}

const COLUMN_CONSTRAINTS: Readonly<Record<string, (text: string, column: string) => string>> = {
  CONSTR_FOREIGN: (text, column) => `FOREIGN KEY (${column}) ${text}`,
  CONSTR_CHECK: (text) => text,
  CONSTR_UNIQUE: (text, column) =>
    text.replace(/^unique(?:\s+nulls(?:\s+not)?\s+distinct)?/i, `$& (${column})`),
  CONSTR_PRIMARY: (text, column) => text.replace(/^primary\s+key/i, `$& (${column})`),
};

function shapesOfConstraint(text: string): readonly ShapeOf<'add-constraint'>[] {
  const parsed = splitStatements(text);
  const [statement] = parsed.ok ? parsed.statements : [];
  if (statement === undefined || !('AlterTableStmt' in statement.node)) return [];
  const shape = alterTableShape(statement.node.AlterTableStmt, new SourceText(text));
  return shape.kind === 'add-constraint' ? [shape] : [];
}

function generatedBy(
  constraints: readonly Constraint[],
  textOf: (one: Constraint) => string,
): ShapeOf<'add-column'>['generated'] {
  if (constraints.some(({ contype }) => contype === 'CONSTR_IDENTITY')) return { as: 'identity' };
  const stored = constraints.find(({ contype }) => contype === 'CONSTR_GENERATED');
  if (stored === undefined) return undefined;
  const [, expression] = /\bas\s*\((.*)\)\s*(?:stored|virtual)?$/is.exec(textOf(stored)) ?? [];
  return { as: 'stored', expression: expression ?? 'NULL' };
}

/** PostgreSQL's own suffix of a constraint without a name (`ChooseConstraintName`). */
const CONSTRAINTS = {
  CONSTR_FOREIGN: { constraint: 'foreign-key', suffix: 'fkey' },
  CONSTR_CHECK: { constraint: 'check', suffix: 'check' },
  CONSTR_UNIQUE: { constraint: 'unique', suffix: 'key' },
  CONSTR_EXCLUSION: { constraint: 'exclusion', suffix: 'excl' },
  CONSTR_PRIMARY: { constraint: 'primary-key', suffix: 'pkey' },
} as const;

function addConstraint(
  table: string,
  definition: Constraint,
  source: SourceText,
): ShapeOf<'add-constraint'> | undefined {
  const kind = Object.entries(CONSTRAINTS).find(([contype]) => contype === definition.contype)?.[1];
  if (kind === undefined || definition.skip_validation === true || definition.indexname !== undefined)
    return undefined;
  const columns = namesIn([...(definition.keys ?? []), ...(definition.fk_attrs ?? [])]);
  return {
    kind: 'add-constraint',
    table,
    constraint: kind.constraint,
    name: plain(
      definition.conname ??
        [bareName(table), ...(kind.suffix === 'pkey' ? [] : columns), kind.suffix].join('_'),
    ),
    definition: source.between(definition.location ?? 0).replace(NAMED, ''),
    columns: columns.map(plain),
    indexed: indexedBy(definition),
    deferred: deferredBy(definition),
  };
}

function indexedBy({ including = [], nulls_not_distinct: equalNulls }: Constraint): string {
  const included = namesIn(including).map(plain);
  const include = included.length === 0 ? '' : ` INCLUDE (${included.join(', ')})`;
  return `${include}${equalNulls === true ? ' NULLS NOT DISTINCT' : ''}`;
}

const deferredBy = ({ deferrable, initdeferred }: Constraint): string =>
  `${deferrable === true ? ' DEFERRABLE' : ''}${initdeferred === true ? ' INITIALLY DEFERRED' : ''}`;

const NAMED = /^constraint\s+(?:"(?:[^"]|"")+"|\S+)\s+/i;

const namesIn = (nodes: readonly SqlNode[]): readonly string[] =>
  nodes.flatMap((node) => ('String' in node ? [node.String.sval ?? ''] : []));
