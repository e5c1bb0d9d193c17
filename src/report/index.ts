export { terminalReport, type TerminalOptions } from './terminal.ts';
export { markdownSummary } from './markdown.ts';
export { findingsTable } from './findings-table.ts';
