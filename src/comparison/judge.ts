import { findingsOf } from '../findings/index.ts';
import type { Judgement, Result, ThresholdOutcome } from '../result/index.ts';
import {
  DEFAULT_THRESHOLDS,
  DEFAULT_VALIDITY,
  formatThreshold,
  parseThreshold,
  type ThresholdText,
} from '../threshold/index.ts';

import { readThresholds, rule, type Ruling } from './rule.ts';
import { verdictOf } from './verdict.ts';

/** Holds a result against its thresholds and validity rules. Throws `Failure('file.invalid')` for an unreadable rule. */
export function judge(result: Result): Judgement {
  const evidence = { result, findings: findingsOf(result) };
  const own = result.scenario.thresholds;
  const texts = own.length === 0 ? DEFAULT_THRESHOLDS : own;
  const thresholds = readThresholds(texts, result).map((threshold) => rule(evidence, threshold));
  const validity = readThresholds(validityOf(result), result).map((threshold) => rule(evidence, threshold));
  return {
    verdict: verdictOf({ result, thresholds, validity }),
    findings: evidence.findings,
    thresholds: thresholds.map((ruling) => thresholdOutcome(ruling, own.length === 0)),
    validity: validity.map((ruling) => ({
      rule: formatThreshold(ruling.threshold),
      held: ruling.outcome === 'met',
      measured: ruling.measured,
    })),
  };
}

function thresholdOutcome(
  { threshold, outcome, measured, limit }: Ruling,
  isDefault: boolean,
): ThresholdOutcome {
  return { rule: formatThreshold(threshold), default: isDefault, outcome, measured, limit };
}

/** A rule of the scenario takes the place of the defaults on the same metric: to doubt less must be said, metric by metric. */
function validityOf({ scenario }: Result): readonly ThresholdText[] {
  const own = new Set(scenario.validity.map(metricName));
  return [...DEFAULT_VALIDITY.filter((text) => !own.has(metricName(text))), ...scenario.validity];
}

function metricName({ selector, condition }: ThresholdText): string | undefined {
  const parsed = parseThreshold(selector, condition);
  return parsed.ok ? parsed.value.selector.metric : undefined;
}
