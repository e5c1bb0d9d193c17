import type { SqlNode } from '../../postgres/index.ts';

type Tree = Readonly<Record<string, unknown>>;

/**
 * The columns that a statement returns, by the names that PostgreSQL gives them (FigureColname of its parser); undefined where the
 * text does not tell: `*`, what a procedure or a prepared statement returns, how a setting is spelt.
 */
export function resultColumns(node: SqlNode): readonly string[] | undefined {
  const [kind, body] = only(node);
  if (kind === 'SelectStmt') return selected(body);
  if (kind === 'ExplainStmt') return ['QUERY PLAN'];
  if (['CallStmt', 'ExecuteStmt', 'FetchStmt', 'VariableShowStmt'].includes(kind)) return undefined;
  return targets(list(tree(body['returningClause'])['exprs']));
}

/** Of a set operation, those of its first part. */
function selected(body: Tree): readonly string[] | undefined {
  if (body['larg'] !== undefined) return selected(tree(body['larg']));
  const [values] = list(body['valuesLists']);
  if (values === undefined) return targets(list(body['targetList']));
  return list(only(values)[1]['items']).map((_, index) => `column${index + 1}`);
}

function targets(nodes: readonly Tree[]): readonly string[] | undefined {
  const columns = nodes.map((node) => {
    const [, { name, val }] = only(node);
    if (typeof name === 'string') return name;
    return isStar(tree(val)) ? undefined : (nameOf(tree(val))?.name ?? '?column?');
  });
  return columns.includes(undefined) ? undefined : columns.filter((column) => column !== undefined);
}

function isStar(node: Tree): boolean {
  const [kind, { fields, indirection }] = only(node);
  const last = list(kind === 'ColumnRef' ? fields : indirection).at(-1);
  return last !== undefined && 'A_Star' in last;
}

interface Named {
  readonly name: string;
  /** A better name inside is taken instead. */
  readonly weak: boolean;
}

type Naming = (body: Tree) => Named | undefined;

const strong = (name: string): Named => ({ name, weak: false });
const always =
  (name: string): Naming =>
  () =>
    strong(name);

const nameOf: Naming = (node) => {
  const [kind, body] = only(node);
  return NAMINGS[kind]?.(body);
};

/** The last of `a.b.c`, where that is a name and no subscript. */
function lastName(names: unknown): Named | undefined {
  const found = list(names).flatMap((one) => ('String' in one ? [String(tree(one['String'])['sval'])] : []));
  return found.length === 0 ? undefined : strong(found.at(-1) ?? '');
}

/** A name from inside, else a weak one of its own. */
function orWeakly(inner: Named | undefined, own: string | undefined): Named | undefined {
  if (inner?.weak === false) return inner;
  return own === undefined ? inner : { name: own, weak: true };
}

/** By the name of an operation, less what the parser puts around it. */
const byOperation =
  (around: RegExp): Naming =>
  ({ op }) =>
    strong(String(op).replace(around, '').toLowerCase());

const NAMINGS: Readonly<Partial<Record<string, Naming>>> = {
  ColumnRef: ({ fields }) => lastName(fields),
  A_Indirection: ({ indirection, arg }) => lastName(indirection) ?? nameOf(tree(arg)),
  FuncCall: ({ funcname }) => lastName(funcname),
  A_Expr: ({ kind }) => (kind === 'AEXPR_NULLIF' ? strong('nullif') : undefined),
  TypeCast: ({ arg, typeName }) => orWeakly(nameOf(tree(arg)), lastName(tree(typeName)['names'])?.name),
  CollateClause: ({ arg }) => nameOf(tree(arg)),
  CaseExpr: ({ defresult }) =>
    orWeakly(defresult === undefined ? undefined : nameOf(tree(defresult)), 'case'),
  SubLink: ({ subLinkType, subselect }) => {
    if (subLinkType === 'EXISTS_SUBLINK') return strong('exists');
    if (subLinkType === 'ARRAY_SUBLINK') return strong('array');
    const [first] = subLinkType === 'EXPR_SUBLINK' ? (selected(only(tree(subselect))[1]) ?? []) : [];
    return first === undefined ? undefined : strong(first);
  },
  A_ArrayExpr: always('array'),
  RowExpr: always('row'),
  CoalesceExpr: always('coalesce'),
  GroupingFunc: always('grouping'),
  MergeSupportFunc: always('merge_action'),
  XmlSerialize: always('xmlserialize'),
  JsonParseExpr: always('json'),
  JsonScalarExpr: always('json_scalar'),
  JsonSerializeExpr: always('json_serialize'),
  JsonObjectConstructor: always('json_object'),
  JsonArrayConstructor: always('json_array'),
  JsonArrayQueryConstructor: always('json_array'),
  JsonObjectAgg: always('json_objectagg'),
  JsonArrayAgg: always('json_arrayagg'),
  MinMaxExpr: byOperation(/^IS_/),
  XmlExpr: (body) => (body['op'] === 'IS_DOCUMENT' ? undefined : byOperation(/^IS_/)(body)),
  SQLValueFunction: byOperation(/^SVFOP_|_N$/g),
  JsonFuncExpr: byOperation(/_OP$/),
};

/** A node is an object with one key, its kind. */
function only(node: object): readonly [kind: string, body: Tree] {
  const [kind = '', body] = Object.entries(node)[0] ?? [];
  return [kind, tree(body)];
}

const tree = (value: unknown): Tree => (typeof value === 'object' && value !== null ? { ...value } : {});
const list = (value: unknown): readonly Tree[] => (Array.isArray(value) ? value.map(tree) : []);
