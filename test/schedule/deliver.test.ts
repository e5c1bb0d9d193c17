import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { afterEach, describe, expect, it } from 'vitest';

import type { Clock } from '#rooms/clock.js';
import { deliver } from '#rooms/schedule/deliver.js';
import type { Notice } from '#rooms/schedule/notice.js';
import { instant } from '#rooms/units.js';

const NOTICE: Notice = {
  schedule: 'nightly.yaml',
  run: 'orders',
  kinds: ['failure'],
  verdict: 'fail',
  exitCode: 99,
  report: 'report.json',
  text: 'orders: fail',
};

let server: Server | undefined;
afterEach(() => server?.close());

/** A receiver that answers with these codes, one after the other. */
async function receiver(...codes: readonly number[]): Promise<{ address: string; heard: unknown[] }> {
  const heard: unknown[] = [];
  const left = [...codes];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => (body += String(chunk)));
    request.on('end', () => {
      heard.push(JSON.parse(body));
      response.writeHead(left.shift() ?? 200).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=secret`, heard };
}

/** Does not wait. */
const pauses: number[] = [];
const clock: Clock = {
  now: () => instant(0),
  wallTime: () => 0,
  sleep: (duration) => Promise.resolve(void pauses.push(duration)),
};
const quiet = { clock, signal: new AbortController().signal };

describe('a notice', () => {
  it('is taken at once', async () => {
    const { address, heard } = await receiver(204);
    expect(await deliver(address, NOTICE, quiet)).toBeUndefined();
    expect(heard).toEqual([NOTICE]);
  });

  it('is sent again after an error of the receiver, with growing pauses', async () => {
    const { address, heard } = await receiver(500, 429, 200);
    pauses.length = 0;
    expect(await deliver(address, NOTICE, quiet)).toBeUndefined();
    expect(heard).toHaveLength(3);
    expect(pauses).toEqual([1_000, 2_000]);
  });

  it('that is refused is not sent again', async () => {
    const { address, heard } = await receiver(404);
    expect(await deliver(address, NOTICE, quiet)).toBe('the receiver answered 404');
    expect(heard).toHaveLength(1);
  });

  it('for a receiver that is away is given up, and its address is not repeated', async () => {
    const { address } = await receiver();
    server?.close();
    await once(server!, 'close');
    const why = await deliver(address, NOTICE, quiet);
    expect(why).toMatch(/ECONNREFUSED/);
    expect(why).not.toContain('secret');
  });
});
