import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { RENDERINGS } from '#rooms/cli/renderings.js';
import { readReport } from '#rooms/result/index.js';

/* The committed examples in Debian's browser, as a reader opens them: from a file, and as an artefact that a server sends with a strict policy. */

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser'].find((path) => existsSync(path));
if (CHROMIUM === undefined)
  process.stderr.write('skipped: no /usr/bin/chromium to open pages with (apt-get install chromium)\n');

const examples = new URL('../../reports/examples/', import.meta.url);
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe.skipIf(CHROMIUM === undefined)('report.html in a browser', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rehearse-page-'));
  const pageOf = (name: string): string => join(folder, `${name}.html`);
  let browser: Browser;
  let server: Server;

  beforeAll(async () => {
    for (const name of readdirSync(examples)) {
      const text = readFileSync(new URL(`${name}/report.json`, examples), 'utf8');
      writeFileSync(pageOf(name), RENDERINGS.html(readReport(text, name), false));
    }
    browser = await chromium.launch({ executablePath: CHROMIUM ?? '', args: FLAGS });
    // As Jenkins sends artefacts, and stricter: no style either.
    server = createServer((_, response) => {
      response.setHeader('Content-Security-Policy', "sandbox; default-src 'none'");
      response.setHeader('Content-Type', 'text/html');
      response.end(readFileSync(pageOf('orders-add-column-naive')));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  });

  afterAll(async () => {
    await browser.close();
    server.close();
    rmSync(folder, { recursive: true });
  });

  /** The page, and everything that it should not have done. */
  async function open(
    address: string,
    options: BrowserContextOptions = {},
  ): Promise<[Page, readonly string[]]> {
    const page = await (
      await browser.newContext({ ...options, offline: address.startsWith('file:') })
    ).newPage();
    const faults: string[] = [];
    page.on('console', (message) => void faults.push(message.text()));
    page.on('pageerror', (error) => void faults.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== address) faults.push(`asked for ${request.url()}`);
    });
    await page.goto(address);
    return [page, faults];
  }

  const fileOf = (name: string): string => pathToFileURL(pageOf(name)).href;

  it.each(readdirSync(examples))('%s opens offline, without a word', async (name) => {
    const [page, faults] = await open(fileOf(name));
    expect(await page.locator('svg.drawing:visible').count()).toBeGreaterThanOrEqual(4);
    expect(await page.locator('h1').textContent()).toBe(name);
    expect(faults).toEqual([]);
  });

  it('zooms by dragging, by buttons, and back, the charts together', async () => {
    const [page, faults] = await open(fileOf('orders-add-column-naive'));
    const labels = () => page.locator('#arrivals .wide .x-axis text').allTextContents();
    const moved = () => page.locator('#latency .wide .moving').getAttribute('transform');
    const whole = await labels();
    const plot = page.locator('#arrivals .wide svg.plot');
    await plot.scrollIntoViewIfNeeded();
    const box = (await plot.boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.6, box.y + 50);
    expect(await page.locator('output').textContent()).toMatch(/migration: due \d+ · completed \d+/);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.8, box.y + 50, { steps: 4 });
    await page.mouse.up();
    expect(await labels()).not.toEqual(whole);
    expect(await moved()).toMatch(/scale\(5\b|scale\(4\.9/);
    await page.getByRole('button', { name: 'Zoom out' }).click();
    expect(await moved()).toMatch(/scale\(2\.5\b|scale\(2\.4/);
    await page.getByRole('button', { name: 'The whole run' }).click();
    expect(await moved()).toBe('translate(0 0) scale(1 1)');
    expect(await labels()).toEqual(whole);
    expect(faults).toEqual([]);
  });

  it('is read by the keyboard', async () => {
    const [page] = await open(fileOf('orders-add-column-naive'));
    await page.locator('#arrivals .wide svg.drawing').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('output').textContent()).toContain('1–2 s');
    // Zoomed, it goes on with what is shown.
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.locator('#arrivals .wide svg.drawing').focus();
    await page.keyboard.press('ArrowRight');
    const from = Number((await page.locator('output').textContent())?.split('–')[0]);
    expect(from).toBeGreaterThanOrEqual(5);
    await page.keyboard.press('ArrowLeft');
    expect(await page.locator('output').textContent()).toContain(`${from}–`);
  });

  it.each([
    { colorScheme: 'light' as const, viewport: { width: 390, height: 800 } },
    { colorScheme: 'dark' as const, viewport: { width: 390, height: 800 } },
    { colorScheme: 'dark' as const, viewport: { width: 1200, height: 800 } },
  ])('fits a window: $colorScheme, $viewport.width', async (options) => {
    const [page] = await open(fileOf('orders-add-column-naive'), options);
    const [content, window] = await page.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, innerWidth]',
    );
    expect(content).toBeLessThanOrEqual(window);
    const background = await page.evaluate<string>(
      'getComputedStyle(document.documentElement).backgroundColor',
    );
    expect(background === 'rgb(255, 255, 255)').toBe(options.colorScheme === 'light');
    const drawing = page.locator('#arrivals svg.drawing:visible');
    expect(await drawing.getAttribute('width')).toBe(options.viewport.width < 640 ? '360' : '920');
  });

  it('is complete without scripts', async () => {
    const [page, faults] = await open(fileOf('orders-add-column-naive'), { javaScriptEnabled: false });
    expect(await page.locator('.toolbar').count()).toBe(0);
    expect(await page.locator('#lanes svg.drawing:visible').count()).toBe(1);
    expect(faults).toEqual([]);
  });

  it('is readable where neither scripts nor styles may be', async () => {
    const { port } = server.address() as AddressInfo; // of a server that listens on TCP
    const [page] = await open(`http://127.0.0.1:${port}/`);
    expect(await page.locator('.toolbar').count()).toBe(0);
    expect(await page.locator('svg.drawing:visible').count()).toBeGreaterThanOrEqual(4);
    const line = page.locator('#latency .wide .moving path.stroke.red');
    expect(await line.getAttribute('stroke')).toBe('#cf222e');
    expect(await page.getByRole('table').count()).toBeGreaterThan(4);
  });
});
