export { terminalReport } from './terminal.ts';
export { markdownSummary } from './markdown.ts';
export { findingsTable, metricsTable } from './manual-tables.ts';
export { htmlReport, type PageTools } from './html/index.ts';
export { junitReport } from './junit.ts';
export { terminalComparison } from './comparison-terminal.ts';
export { markdownComparison } from './comparison-markdown.ts';
export { comparisonPage } from './html/comparison-page.ts';
