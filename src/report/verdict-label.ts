import type { Judgement } from '../result/index.ts';

import type { Style } from './style.ts';

interface VerdictLabel {
  readonly word: string;
  readonly style: Style;
  readonly symbol: string;
}

export const VERDICT_LABELS: Readonly<Record<Judgement['verdict']['kind'], VerdictLabel>> = {
  pass: { word: 'PASS', style: 'green', symbol: '✅' },
  fail: { word: 'FAIL', style: 'red', symbol: '❌' },
  invalid: { word: 'INVALID', style: 'yellow', symbol: '⚠️' },
  'migration-failed': { word: 'MIGRATION FAILED', style: 'red', symbol: '❌' },
  'target-failed': { word: 'TARGET FAILED', style: 'red', symbol: '❌' },
  refused: { word: 'REFUSED', style: 'red', symbol: '❌' },
  interrupted: { word: 'INTERRUPTED', style: 'yellow', symbol: '⚠️' },
  'harness-failed': { word: 'HARNESS FAILED', style: 'red', symbol: '❌' },
};
