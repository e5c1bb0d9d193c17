export { htmlReport } from './report-page.ts';
export type { PageTools } from './page-frame.ts';
