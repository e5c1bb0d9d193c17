import {
  build,
  decodeFromCompressedBase64,
  encodeIntoCompressedBase64,
  type Histogram,
} from 'hdr-histogram-js';

import { Failure } from '../errors.ts';
import { milliseconds, type Milliseconds } from '../units.ts';

/**
 * Latencies from 1 µs to 1 h with three significant digits: percentiles are true to 0.1 %. Mergeable without loss.
 * Encoded as HdrHistogram V2 (compressed, base64). The plain JavaScript implementation records in 62 ns.
 */
export class LatencyHistogram {
  readonly #histogram: Histogram;
  #sum = 0;
  #max = 0;

  constructor(histogram: Histogram = empty()) {
    this.#histogram = histogram;
  }

  record(value: Milliseconds): void {
    const clipped = Math.min(Math.max(value, 0), HIGHEST_MS);
    this.#sum += clipped;
    if (clipped > this.#max) this.#max = clipped;
    this.#histogram.recordValue(Math.max(1, Math.round(clipped * 1_000)));
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** Exact, not rounded to a bucket. */
  get max(): Milliseconds {
    return milliseconds(this.#max);
  }

  get mean(): Milliseconds {
    return milliseconds(this.count === 0 ? 0 : this.#sum / this.count);
  }

  /** `percent` in 0 … 100. The value that this share of the samples does not exceed; never above `max`. */
  percentile(percent: number): Milliseconds {
    return milliseconds(Math.min(this.#max, this.#histogram.getValueAtPercentile(percent) / 1_000));
  }

  add(other: LatencyHistogram): void {
    if (other.count === 0) return;
    this.#histogram.add(other.#histogram);
    this.#sum += other.#sum;
    this.#max = Math.max(this.#max, other.#max);
  }

  encode(): EncodedHistogram {
    return {
      hdr: this.count === 0 ? '' : encodeIntoCompressedBase64(this.#histogram),
      max: this.#max,
      sum: this.#sum,
    };
  }

  /** Throws `Failure('file.invalid')` where the text is no histogram. */
  static decode(encoded: EncodedHistogram): LatencyHistogram {
    const histogram = new LatencyHistogram(encoded.hdr === '' ? empty() : decoded(encoded.hdr));
    histogram.#max = encoded.max;
    histogram.#sum = encoded.sum;
    return histogram;
  }
}

export interface EncodedHistogram {
  /** HdrHistogram V2, compressed, base64, in microseconds; empty where nothing was recorded. */
  readonly hdr: string;
  /** Exact maximum and sum in milliseconds: the buckets keep three digits only. */
  readonly max: number;
  readonly sum: number;
}

const HIGHEST_MS = 3_600_000;

function empty(): Histogram {
  return build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: HIGHEST_MS * 1_000,
    numberOfSignificantValueDigits: 3,
    autoResize: true,
  });
}

function decoded(text: string): Histogram {
  try {
    return decodeFromCompressedBase64(text);
  } catch (cause) {
    throw new Failure('file.invalid', { message: 'a histogram in the report can not be decoded', cause });
  }
}
