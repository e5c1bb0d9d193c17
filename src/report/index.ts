export { terminalReport } from './terminal.ts';
export { markdownSummary } from './markdown.ts';
export { findingsTable, metricsTable } from './manual-tables.ts';
export { trendText } from './trend-text.ts';
export { changeSentence } from './trend-sentence.ts';
export { trendPage } from './html/trend-page.ts';
export type { PageTools } from './html/page-frame.ts';
