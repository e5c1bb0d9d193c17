export { terminalReport } from './terminal.ts';
export { markdownSummary } from './markdown.ts';
export { findingsTable, metricsTable } from './manual-tables.ts';
