import { displayName, type SqlNode } from '../../postgres/index.ts';

import type { UserType } from './declared-type.ts';
import { stringsOf, type Body } from './nodes.ts';
import type {
  Check,
  DeclaredType,
  Exclusion,
  Filler,
  ForeignKey,
  Partitions,
  SchemaTable,
  UniqueKey,
} from './schema.ts';

/** The schema while its statements are read one after the other. */
export interface Builder {
  readonly tables: Map<string, TableDraft>;
  readonly types: Map<string, UserType>;
  /** What domains ask of their columns, by `schema.name`. */
  readonly domains: Map<string, Domain>;
  /** Where names without a schema go: the head of `search_path`. */
  currentSchema: string;
  readonly lineAt: (byteOffset: number | undefined) => number;
}

export interface Domain {
  /** `schema.name` of what it is made of, which may be a domain too. */
  readonly base: string;
  readonly checks: readonly SqlNode[];
  readonly notNull: boolean;
}

export interface TableDraft {
  readonly schema: string;
  readonly name: string;
  readonly line: number;
  readonly partitions: Partitions | undefined;
  readonly columns: ColumnDraft[];
  primaryKey: readonly string[];
  uniques: UniqueKey[];
  foreignKeys: ForeignKey[];
  checks: Check[];
  readonly exclusions: Exclusion[];
  /** Holds no rows of its own: a partition. */
  isPartition: boolean;
}

export interface ColumnDraft {
  readonly name: string;
  type: DeclaredType;
  /** `schema.name` of its type as it is written, which may be a domain. */
  typeKey: string;
  notNull: boolean;
  filler: Filler;
  readonly line: number;
}

export function nameIn(
  builder: Builder,
  relation: Body<'RangeVar'> | undefined,
): { readonly schema: string; readonly name: string; readonly display: string } {
  const schema = relation?.schemaname ?? builder.currentSchema;
  const name = relation?.relname ?? '';
  return { schema, name, display: displayName(schema, name) };
}

export function tableIn(builder: Builder, relation: Body<'RangeVar'> | undefined): TableDraft | undefined {
  return builder.tables.get(nameIn(builder, relation).display);
}

/** `schema.name` of a type from its possibly qualified name. */
export function qualifiedType(builder: Builder, names: readonly SqlNode[] | undefined): string {
  const parts = stringsOf(names);
  return parts.length > 1 ? parts.join('.') : `${builder.currentSchema}.${parts[0] ?? ''}`;
}

export function finished({ domains, tables }: Builder, draft: TableDraft): SchemaTable {
  const { schema, name, line, partitions, primaryKey, uniques, exclusions } = draft;
  return {
    ...{ schema, name, line, partitions, primaryKey, uniques, exclusions },
    foreignKeys: draft.foreignKeys.map((key) => withTargetColumns(key, tables)),
    display: displayName(draft.schema, draft.name),
    checks: [...draft.checks, ...draft.columns.flatMap((column) => domainChecks(column, domains))],
    columns: draft.columns.map(({ typeKey, ...column }) => ({
      ...column,
      notNull:
        column.notNull ||
        primaryKey.includes(column.name) ||
        domainsUnder(typeKey, domains).some(([, { notNull }]) => notNull),
    })),
  };
}

/** Written without columns, a foreign key means the primary key of its target. */
const withTargetColumns = (key: ForeignKey, tables: Builder['tables']): ForeignKey =>
  key.targetColumns.length > 0 ? key : { ...key, targetColumns: tables.get(key.target)?.primaryKey ?? [] };

function domainChecks({ name, typeKey, line }: ColumnDraft, domains: Builder['domains']): readonly Check[] {
  return domainsUnder(typeKey, domains).flatMap(([key, { checks }]) => {
    const domain = key.slice(key.lastIndexOf('.') + 1);
    return checks.map((expression) => ({ name: domain, expression, line, domainColumn: name }));
  });
}

/** The domain and those of which it is made: what holds for one of them holds for it. */
function domainsUnder(key: string, domains: Builder['domains']): readonly (readonly [string, Domain])[] {
  const domain = domains.get(key);
  return domain === undefined ? [] : [...domainsUnder(domain.base, domains), [key, domain]];
}
