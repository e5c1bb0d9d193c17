import { bytes, formatCount, formatPercent, formatSize } from '../units.ts';

import { isWithin, type ColumnState, type Compared, type StateCard, type TableState } from './state-card.ts';

/** The card as a DBA reads it: a table of the relations, a table of the columns of which something was asked. */
export function stateCardLines(card: StateCard): readonly string[] {
  const { dataset, scale, seed, server, sharedBuffers, tables, exact } = card;
  const heap = tables.reduce((sum, table) => sum + table.heap, 0);
  const ratio = sharedBuffers > 0 ? ` (${(heap / sharedBuffers).toFixed(2)} × shared_buffers)` : '';
  const complaints = cardComplaints(card);
  return [
    `state of ${dataset} at scale ${scale}, seed ${seed}, PostgreSQL ${server}: heap ${formatSize(bytes(heap))}${ratio}`,
    '',
    ...aligned(
      [
        'table',
        'rows',
        'heap',
        'TOAST',
        'indexes',
        'levels',
        'all-visible',
        'all-frozen',
        'dead tuples',
        'inserts since vacuum',
      ],
      tables.map(tableCells),
    ),
    ...columnLines(card),
    ...hashLines(tables),
    ...card.notMeasured.map((line) => `not measured: ${line}`),
    ...(complaints.length === 0
      ? [`all within tolerance${exact ? ', counted exactly' : ''}`]
      : ['beyond tolerance:', ...complaints.map((line) => `  ${line}`)]),
  ];
}

function tableCells(state: TableState): readonly string[] {
  return [
    state.table,
    withAsked(state.rows, formatCount),
    formatSize(bytes(state.heap)),
    formatSize(bytes(state.toast)),
    formatSize(bytes(state.indexes)),
    state.treeLevel === null ? '–' : String(state.treeLevel),
    withAsked(state.allVisible, formatPercent),
    state.allFrozen === null ? '–' : formatPercent(state.allFrozen),
    withAsked(state.deadTuples, formatPercent),
    formatCount(state.insertsSinceVacuum),
  ];
}

function columnLines({ tables, exact }: StateCard): readonly string[] {
  const rows = tables.flatMap(({ table, columns }) =>
    columns.filter(isAsked).map((column) => columnCells(table, column)),
  );
  if (rows.length === 0) return [''];
  const distinct = exact ? 'n_distinct (counted)' : 'n_distinct (estimate)';
  return [
    '',
    ...aligned(['column', 'null_frac', distinct, 'correlation', 'avg_width'], rows),
    ...tables.flatMap(nullLines),
    '',
  ];
}

const nullLines = ({ table, columns }: TableState): readonly string[] =>
  columns.flatMap(({ column, nullFrac: { allowed, because } }) =>
    allowed === null || because === undefined
      ? []
      : [`${table}.${column}: null_frac ${interval(allowed)} is allowed, because ${because}`],
  );

function columnCells(table: string, state: ColumnState): readonly string[] {
  return [
    `${table}.${state.column}`,
    withAsked(state.nullFrac, shortShare),
    withAsked(state.nDistinct, formatCount),
    withAsked(state.correlation, (value) => value.toFixed(3)),
    withAsked(state.avgWidth, formatCount),
  ];
}

const shortShare = (value: number): string => value.toFixed(4).replace(/0+$/, '').replace(/\.$/, '');

/** `0.9 (0.903)`: asked (got), with a mark where it is beyond its tolerance; only what was got where nobody asked. */
function withAsked(value: Compared, format: (value: number) => string): string {
  const got = value.got === null ? '–' : format(value.got);
  const mark = isWithin(value) ? '' : ' !';
  if (value.asked === null || (value.got !== null && format(value.asked) === got)) return `${got}${mark}`;
  return `${got} (asked ${format(value.asked)})${mark}`;
}

const hashLines = (tables: readonly TableState[]): readonly string[] => {
  const hashed = tables.filter(({ contentHash }) => contentHash !== null);
  if (hashed.length === 0) return [];
  return [
    ...aligned(
      ['table', 'content hash'],
      hashed.map(({ table, contentHash }) => [table, contentHash ?? '']),
    ),
    '',
  ];
};

const MEASURES_OF_COLUMN = [
  ['null_frac', (state: ColumnState) => state.nullFrac],
  ['n_distinct', (state: ColumnState) => state.nDistinct],
  ['correlation', (state: ColumnState) => state.correlation],
  ['avg_width', (state: ColumnState) => state.avgWidth],
] as const;

const MEASURES_OF_TABLE = [
  ['rows', (state: TableState) => state.rows],
  ['share of all-visible pages', (state: TableState) => state.allVisible],
  ['share of dead tuples', (state: TableState) => state.deadTuples],
] as const;

const isAsked = (column: ColumnState): boolean =>
  MEASURES_OF_COLUMN.some(([, measure]) => measure(column).allowed !== null);

/** One sentence for each value beyond its tolerance. */
export function cardComplaints({ tables }: StateCard): readonly string[] {
  return tables.flatMap((state) => [
    ...MEASURES_OF_TABLE.flatMap(([name, measure]) => complaint(`${state.table}: ${name}`, measure(state))),
    ...state.columns.flatMap((column) =>
      MEASURES_OF_COLUMN.flatMap(([name, measure]) =>
        complaint(`${state.table}.${column.column}: ${name}`, measure(column)),
      ),
    ),
  ]);
}

function complaint(subject: string, value: Compared): readonly string[] {
  const { asked, got, allowed, because } = value;
  if (allowed === null || isWithin(value)) return [];
  const wanted = asked === null ? '' : `${plain(asked)}, `;
  const found = got === null ? 'nothing that could be measured' : plain(got);
  const why = because === undefined ? '' : ` (${because})`;
  return [`${subject} asked ${wanted}allowed ${interval(allowed)}${why}, got ${found}`];
}

const interval = ({ min, max }: { readonly min: number; readonly max: number }): string =>
  min === max ? `exactly ${plain(min)}` : `${plain(min)} to ${plain(max)}`;

const plain = (value: number): string =>
  Number.isInteger(value) ? formatCount(value) : String(Number(value.toPrecision(4)));

/** First column to the left, the others to the right. */
function aligned(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all.map((row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  );
}
