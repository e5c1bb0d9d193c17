/** A threshold as a person writes it in a scenario. */
export interface ThresholdText {
  readonly selector: string;
  readonly condition: string;
}

/**
 * What a scenario without thresholds of its own is held to. The floor of 100 ms under the tenfold baseline: an idle
 * test box answers in 2–3 ms, and ten times that is still noise, not a hazard.
 */
export const DEFAULT_THRESHOLDS: readonly ThresholdText[] = [
  { selector: 'no_completion{phase:migration}', condition: 'max < 1s' },
  { selector: 'failed{phase:migration}', condition: 'rate < 0.1%' },
  { selector: 'failed', condition: 'rate < 0.1%' },
  { selector: 'dropped', condition: 'rate < 0.1%' },
  { selector: 'never_started', condition: 'count == 0' },
  {
    selector: 'response_time{phase:migration,transaction:*}',
    condition: 'p(99) < max(10 * baseline, 100ms)',
  },
  { selector: 'response_time{phase:migration,transaction:*}', condition: 'p(99) < 1s' },
  { selector: 'leftovers', condition: 'count == 0' },
  { selector: 'findings{severity:danger}', condition: 'count == 0' },
];

/**
 * When a measurement can be believed. A generator that is later than 20 ms with nothing in its way is too weak for
 * the rate; the migration phase gets 50 ms, because a pile-up that ends makes the generator handle hundreds of
 * answers at once. One that stood still for 250 ms did not make the load that was asked for, and where nothing was due for
 * ten times as long as in the baseline the migration met no load. An event loop above 0.9 delays what it measures. A scenario's rule on a metric takes the place of
 * the rules here on the same metric; the others stay.
 */
export const DEFAULT_VALIDITY: readonly ThresholdText[] = [
  { selector: 'dispatch_lag{phase:baseline}', condition: 'p(99) < 20ms' },
  { selector: 'dispatch_lag{phase:migration}', condition: 'p(99) < 50ms' },
  { selector: 'dispatch_lag', condition: 'max < 250ms' },
  { selector: 'gc_pause', condition: 'max < 250ms' },
  { selector: 'event_loop_utilization', condition: 'max < 0.9' },
  { selector: 'achieved_rate', condition: 'rate > 0.995' },
  { selector: 'no_load{phase:migration}', condition: 'max < max(10 * baseline, 1s)' },
  { selector: 'samples{phase:migration}', condition: 'count >= 100' },
  { selector: 'absent_actors', condition: 'count == 0' },
  { selector: 'observer_gap', condition: 'max < 5s' },
];
