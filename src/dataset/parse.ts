import { parseDocument, type ParseSettings, type ReadFile, type SourceFile } from '../document/index.ts';
import type { Issue } from '../errors.ts';
import { splitStatements, type SqlNode } from '../postgres/index.ts';

import { datasetDefinition } from './definition.ts';
import type { Dataset } from './model.ts';
import { withoutPsqlLines } from './schema/psql.ts';
import { readSchema } from './schema/read.ts';
import { assembleDataset } from './spec/assemble.ts';

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
  const statements = parsed.statements
    .filter(({ node }) => !isAboutRoles(node))
    .map(({ text, line }) => ({ text, line }));
  const schema = { text: { file: file.file, sql, statements }, ...readSchema(sql, parsed.statements) };
  return assembleDataset(source.file, document, schema);
}

/** Who may do what, in a dump: its roles are not here, and the rehearsal's one user may do everything. */
const ABOUT_ROLES = ['GrantStmt', 'GrantRoleStmt', 'AlterOwnerStmt', 'AlterDefaultPrivilegesStmt'];

function isAboutRoles(node: SqlNode): boolean {
  const commands = 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : [];
  const changesOwner = commands.some(
    (command) => 'AlterTableCmd' in command && command.AlterTableCmd.subtype === 'AT_ChangeOwner',
  );
  return changesOwner || ABOUT_ROLES.some((kind) => kind in node);
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
