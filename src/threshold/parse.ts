import { Failure } from '../errors.ts';

import { parseCondition } from './parse-condition.ts';
import { parseSelector } from './parse-selector.ts';
import type { Threshold } from './threshold.ts';

export type ParsedThreshold =
  | { readonly ok: true; readonly value: Threshold }
  | { readonly ok: false; readonly message: string; readonly hint: string };

/**
 * Reads one limit in k6's manner (k6 `metrics/thresholds_parser.go`), plus labels, units and the baseline:
 *
 *     selector    metric | metric{label:value,label:value}
 *     condition   aggregate comparison limit
 *     aggregate   p(99) | p(99.9) | max | avg | rate | count
 *     comparison  < | <= | > | >= | == | !=
 *     limit       500ms | 2s | 0.1% | 0.001 | 3 | 10 * baseline | max(10 * baseline, 100ms)
 *
 * An unknown name is a mistake here, never a metric without samples later.
 */
export function parseThreshold(selector: string, condition: string): ParsedThreshold {
  try {
    const parsed = parseSelector(selector);
    return { ok: true, value: { selector: parsed, condition: parseCondition(condition, parsed) } };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { ok: false, message: error.message, hint: error.hint ?? EXAMPLE };
  }
}

const EXAMPLE = 'for example  response_time{phase:migration}: p(99) < 1s';
