import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { milliseconds } from '../units.ts';

import type { Notice } from './notice.ts';

const TRIES = 3;
const PATIENCE = 10_000;
const FIRST_PAUSE = 1_000;

/**
 * POSTs the notice as JSON. undefined: the receiver took it (2xx); else why not, without the address, which may be a secret. Never rejects: what was measured
 * must not be lost for a receiver that is away.
 */
export async function deliver(
  webhook: string,
  notice: Notice,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<string | undefined> {
  let why = '';
  for (let attempt = 0; attempt < TRIES && !signal.aborted; attempt++) {
    if (attempt > 0) {
      const pause = milliseconds(FIRST_PAUSE * 2 ** (attempt - 1));
      await clock.sleep(pause, signal).catch(() => undefined);
    }
    const answer = await post(webhook, notice, signal);
    if (answer.kind === 'taken') return undefined;
    why = answer.why;
    if (answer.kind === 'refused') break;
  }
  return why === '' ? 'interrupted' : why;
}

type Answer =
  | { readonly kind: 'taken' }
  /** Another try would be answered alike. */
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'failed'; readonly why: string };

async function post(webhook: string, notice: Notice, signal: AbortSignal): Promise<Answer> {
  try {
    const response = await fetch(webhook, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(notice),
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]),
    });
    await response.body?.cancel();
    if (response.ok) return { kind: 'taken' };
    const isFinal = response.status < 500 && response.status !== 429;
    return { kind: isFinal ? 'refused' : 'failed', why: `the receiver answered ${response.status}` };
  } catch (error) {
    const { cause } = error instanceof Error ? error : { cause: undefined };
    return {
      kind: 'failed',
      why: hidden(webhook, cause === undefined ? messageOf(error) : messageOf(cause)),
    };
  }
}

const hidden = (webhook: string, text: string): string => text.replaceAll(webhook, '(address)');
