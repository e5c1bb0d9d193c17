import type { Reply } from '../target/thread.ts';

import type { QueryOperation } from './program.ts';

/** What is not as the application takes it for granted. */
export function unmet({ expect, captures }: QueryOperation, reply: Reply): string | undefined {
  if (expect === undefined) return captures.length === 0 ? undefined : missingColumn(captures, reply);
  const { rows, columns } = expect;
  if (rows !== undefined && (reply.rows < rows.least || reply.rows > rows.most))
    return `expected ${rowsText(rows)} rows, found ${reply.rows}`;
  const missing = missingColumn([...captures, ...columns], reply);
  if (missing !== undefined) return missing;
  const wrong = columns.find((column) => !isMet(column, reply));
  return wrong === undefined
    ? undefined
    : `expected ${wrong.column} to be ${wrong.value ?? 'NULL'}, found ${foundText(wrong, reply)}`;
}

type ExpectedColumn = NonNullable<QueryOperation['expect']>['columns'][number];

function isMet({ column, value, isNumber }: ExpectedColumn, { row, columns }: Reply): boolean {
  const found = row?.[columns.indexOf(column)];
  return found === value || (isNumber && isSameNumber(found ?? null, value));
}

const foundText = ({ column }: ExpectedColumn, { row, columns }: Reply): string =>
  row === undefined ? 'no row' : (row[columns.indexOf(column)] ?? 'NULL');

/** Of what was asked for; it would be NULL for ever. */
function missingColumn(
  asked: readonly { readonly column: string }[],
  { columns }: Reply,
): string | undefined {
  const missing = asked.find(({ column }) => !columns.includes(column));
  if (missing === undefined) return undefined;
  const found = columns.length === 0 ? 'none' : columns.join(', ');
  return `expected a column ${missing.column} in the result, found ${found}`;
}

function rowsText({ least, most }: { readonly least: number; readonly most: number }): string {
  if (least === most) return `${least}`;
  return Number.isFinite(most) ? `${least} to ${most}` : `at least ${least}`;
}

/** `5.00` and `5`, without going through binary fractions where both are plain decimals. */
function isSameNumber(found: string | null, wanted: string | null): boolean {
  if (found === null || wanted === null) return false;
  const [one, other] = [plainDecimal(found), plainDecimal(wanted)];
  if (one !== undefined && other !== undefined) return one === other;
  // Number('') would be 0.
  return /\d/.test(found) && Number(found) === Number(wanted);
}

/** Without leading and trailing zeros; undefined: `1e+06`, `NaN`, no digit at all. */
function plainDecimal(text: string): string | undefined {
  const [, sign = '', whole, fraction = ''] = /^([-+]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text) ?? [];
  if (whole === undefined || !/\d/.test(text)) return undefined;
  const digits = `${whole === '' ? '0' : whole}${fraction === '' ? '' : `.${fraction}`}`;
  return sign === '-' && digits !== '0' ? `-${digits}` : digits;
}
