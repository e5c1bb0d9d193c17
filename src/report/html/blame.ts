import type { BlockingChain, LockWait, ReportFile, SessionLabel } from '../../result/index.ts';
import { formatCount, formatDuration } from '../../units.ts';
import { shorten } from '../one-line.ts';

import { html, NOTHING, type Markup } from './markup.ts';

const MOST_CHAINS = 12;
const MOST_WAYS = 6;
const QUERY = 160;

/** Pile-ups, the longest first: the root, and the ways that waits led to it, alike ones together. */
export function blameTrees({ blockingChains, lockWaits, lockWaitsLeftOut }: ReportFile): Markup {
  if (blockingChains.length === 0) return NOTHING;
  const chains = blockingChains.toSorted((a, b) => b.duration - a.duration);
  const more = chains.length - MOST_CHAINS;
  return html`${chains.slice(0, MOST_CHAINS).map((chain) => tree(chain, waitsIn(chain, lockWaits)))}${
    more > 0 ? html`<p class="more">… and ${formatCount(more)} shorter ones in report.json.</p>` : NOTHING
  }${
    lockWaitsLeftOut > 0
      ? html`<p class="more">${formatCount(lockWaitsLeftOut)} more lock waits were too many to list.</p>`
      : NOTHING
  }`;
}

/** Both lists know their root by its backend; times of samples are a little apart. */
const SLACK = 100;

function waitsIn(chain: BlockingChain, waits: readonly LockWait[]): readonly LockWait[] {
  return waits.filter(
    ({ root, startedAt }) =>
      root?.pid === chain.root.pid &&
      startedAt >= chain.startedAt - SLACK &&
      startedAt <= chain.startedAt + chain.duration + SLACK,
  );
}

function tree(chain: BlockingChain, waits: readonly LockWait[]): Markup {
  const { root, startedAt, duration, waiters, depth, relations, step } = chain;
  const on = relations.length === 0 ? '' : ` on ${relations.join(', ')}`;
  const blamed = step === undefined || root.kind === 'migration' ? '' : `, with step ${step + 1} in between`;
  return html`<div class="tree">
    <p>
      <strong>${sessionName(root)}</strong> kept up to ${formatCount(waiters)} waiting for
      <strong>${formatDuration(duration)}</strong>${on}, from ${formatDuration(startedAt)}
      on${depth > 1 ? `, ${depth} deep` : ''}${blamed}.
    </p>
    ${root.query === '' ? NOTHING : html`<p><code>${shorten(root.query, QUERY)}</code></p>`}${ways(waits)}
  </div>`;
}

interface Way {
  readonly path: readonly SessionLabel[];
  readonly sample: LockWait;
  count: number;
  longest: LockWait;
}

/** Who waited in the same mode for the same relation by the same chain of sessions: one line. */
function ways(waits: readonly LockWait[]): Markup {
  const found = new Map<string, Way>();
  for (const wait of waits) {
    const path = pathOf(wait);
    const key = JSON.stringify([
      path.map(({ kind, name }) => [kind, name]),
      wait.waiter.kind,
      wait.waiter.name,
      wait.waiter.query,
      wait.mode,
      wait.relation,
    ]);
    const way = found.get(key);
    if (way === undefined) found.set(key, { path, sample: wait, count: 1, longest: wait });
    else {
      way.count += 1;
      if (wait.duration > way.longest.duration) way.longest = wait;
    }
  }
  if (found.size === 0) return NOTHING;
  const sorted = [...found.values()].toSorted((a, b) => b.longest.duration - a.longest.duration);
  const [open, rest] = [sorted.slice(0, MOST_WAYS), sorted.slice(MOST_WAYS)];
  const hidden = rest.reduce((sum, { count }) => sum + count, 0);
  return html`<ul>
    ${open.map(wayLine)}${hidden === 0 ? NOTHING : html`<li class="more">${formatCount(hidden)} more waits</li>`}
  </ul>`;
}

/** From the root down to whom it waited for directly; where nobody stood between them, the root alone. */
function pathOf({ blockers, root }: LockWait): readonly SessionLabel[] {
  const between = blockers.filter(({ pid }) => pid !== root?.pid);
  return [...(root === undefined ? [] : [root]), ...between.slice(0, 1)];
}

function wayLine({ path, sample, count, longest }: Way): Markup {
  const { waiter, mode, relation, lockType } = sample;
  const between = path.slice(1).map(sessionName);
  const object = relation === '' ? lockType : relation;
  const times = count === 1 ? '' : `${formatCount(count)} × `;
  return html`<li>
    ${between.length === 0 ? NOTHING : html`behind <strong>${between.join(', ')}</strong>: `}${times}<strong
      >${sessionName(waiter)}</strong
    >
    for ${mode} on ${object}, the longest
    ${formatDuration(longest.duration)}${
      longest.end === 'granted' ? '' : `, ended ${longest.end}`
    }${queryOf(waiter)}
  </li>`;
}

const sessionName = ({ kind, name, pid }: SessionLabel): string =>
  `${kind}${name === '' ? '' : ` ${name}`}${kind === 'other' ? ` (${pid})` : ''}`;

const queryOf = ({ query }: SessionLabel): Markup =>
  query === '' ? NOTHING : html`<br /><code>${shorten(query, QUERY)}</code>`;
