import {
  parseDocument,
  type ParseSettings,
  type ReadDocument,
  type ReadFile,
  type SourceFile,
} from '../document/index.ts';
import type { Issue } from '../errors.ts';
import { splitStatements } from '../postgres/index.ts';

import { parseTimestamp } from './calendar.ts';
import type { ColumnType } from './column-type.ts';
import { datasetDefinition, type DatasetFile } from './definition.ts';
import type { Dataset, SchemaText } from './model.ts';
import { readSchema } from './schema/read.ts';
import type { Schema } from './schema/schema.ts';
import { impossibleKeys, missingTargets } from './spec/check-references.ts';
import { nearest, type Context } from './spec/context.ts';
import { foreignKeysOf } from './spec/foreign-key.ts';
import { inLoadOrder } from './spec/order.ts';
import { assembleTable } from './spec/table.ts';
import { withoutPsqlLines } from './schema/psql.ts';

export type ParsedDataset =
  { readonly ok: true; readonly value: Dataset } | { readonly ok: false; readonly issues: readonly Issue[] };

/** A dataset file and the schema that it names; or every mistake in both, each with its line. */
export function parseDataset(
  source: SourceFile,
  read: ReadFile,
  settings: ParseSettings = {},
): ParsedDataset {
  const document = parseDocument(source, datasetDefinition, settings);
  if (!document.ok) return document;
  const schemaFile = document.value.schema;
  const reference = typeof schemaFile === 'string' ? schemaFile : schemaFile.from;
  const file = read(reference, source.file);
  if (file === undefined)
    return { ok: false, issues: [document.issueAt(['schema'], `there is no file ${reference}`)] };
  const sql = withoutPsqlLines(file.text);
  const parsed = splitStatements(sql);
  if (!parsed.ok)
    return {
      ok: false,
      issues: [sqlIssue(file.file, parsed.mistake.line, parsed.mistake.message, file.text)],
    };
  const statements = parsed.statements.map(({ text, line }) => ({ text, line }));
  return assemble(source, document, { file: file.file, sql, statements }, readSchema(sql, parsed.statements));
}

function sqlIssue(file: string, line: number, message: string, text: string): Issue {
  const written = text.split('\n')[line - 1] ?? '';
  const hint = written.startsWith('\\')
    ? { hint: 'psql’s own commands do not run here; write plain SQL' }
    : /\bFROM stdin;/i.test(text)
      ? { hint: 'the file holds data (COPY … FROM stdin): dump with pg_dump --schema-only' }
      : {};
  return { file, line, path: '', message, ...hint };
}

type File = ReadDocument<DatasetFile>;

function assemble(source: SourceFile, document: File, schemaText: SchemaText, schema: Schema): ParsedDataset {
  const issues: Issue[] = [];
  const { value: file, issueAt } = document;
  const names = schema.tables.map((table) => table.display);
  const refDate = parseTimestamp(file.ref_date);
  if (refDate === undefined)
    issues.push(issueAt(['ref_date'], `expected a date or a time, found ${JSON.stringify(file.ref_date)}`));
  const keyOf = new Map(Object.keys(file.tables).map((key) => [key.replace(/^public\./, ''), key]));
  for (const [name, key] of keyOf) {
    if (!names.includes(name))
      issues.push(
        issueAt(['tables', key], `the schema has no table ${JSON.stringify(key)}`, nearest(name, names)),
      );
  }
  const tables = new Map(schema.tables.map((table) => [table.display, table]));
  const context = schemaContext(schema, refDate ?? 0);
  const assembled = schema.tables.map((table) => {
    const key = keyOf.get(table.display) ?? table.display;
    const source = {
      table,
      entry: file.tables[key],
      defaultNullFrac: file.defaults.null_frac ?? 0,
      foreignKeys: foreignKeysOf(table, tables),
      tables: names,
      reportSchema: (line: number, path: string, message: string, hint?: string) =>
        issues.push({ file: schemaText.file, line, path, message, ...(hint === undefined ? {} : { hint }) }),
    };
    return assembleTable(source, {
      ...context,
      report: (path, message, hint) => issues.push(issueAt(['tables', key, ...path], message, hint)),
    });
  });
  const ordered = inLoadOrder(assembled.map((one) => one.table));
  issues.push(...missingTargets(schema, schemaText.file));
  // A column with an issue is left out, which would be taken for a key that nothing fills.
  if (issues.length === 0) issues.push(...impossibleKeys(schema, ordered, schemaText.file));
  if (issues.length > 0) return { ok: false, issues };
  const notes = assembled.flatMap((one) => one.notes);
  return {
    ok: true,
    value: {
      name: file.name ?? baseName(source.file),
      file: source.file,
      seed: file.seed,
      schema: schemaText,
      tables: ordered,
      notes,
    },
  };
}

function schemaContext(schema: Schema, refDate: number): Omit<Context, 'report'> {
  const types = new Map<string, ColumnType>(
    schema.tables.flatMap((table) =>
      table.columns.flatMap((column) =>
        column.type.kind === 'known' ? [[`${table.display}.${column.name}`, column.type.type] as const] : [],
      ),
    ),
  );
  return { refDate, typeAt: (address) => types.get(address), addresses: [...types.keys()] };
}

const baseName = (file: string): string => (file.split(/[/\\]/).at(-1) ?? file).replace(/\.[^.]+$/, '');
