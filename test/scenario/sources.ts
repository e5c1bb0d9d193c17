import { formatIssue } from '#rooms/errors.js';
import { parseScenario, type Scenario, type ScenarioOutcome } from '#rooms/scenario/index.js';
import type { Override, ParseSettings } from '#rooms/document/index.js';

export const TRAFFIC = `connections: 4
rate: 100/s
mix: { order_page: 3, place_order: 1 }
transactions:
  order_page:
    query: SELECT * FROM orders WHERE id = :order
    params: { order: orders.id zipfian 1.1 }
  place_order:
    params: { customer: customers.id }
    steps:
      - begin
      - query: INSERT INTO orders (customer_id) VALUES (:customer) RETURNING id
        capture: { order: id }
      - query: INSERT INTO order_items (order_id) VALUES (:order)
      - commit
`;

export const SCENARIO = `dataset: shop.yaml
traffic: traffic.yaml
migration: { sql: ALTER TABLE orders ADD COLUMN note text }
`;

export type Files = Readonly<Record<string, string>>;

/** Files in one folder; the dataset only needs to be there. */
const BESIDE: Files = { 'shop.yaml': '', 'traffic.yaml': TRAFFIC, 'safe.yaml': '' };

export function parse(text: string, files: Files = {}, settings: ParseSettings = {}): ScenarioOutcome {
  const all: Files = { ...BESIDE, ...files };
  const read = (reference: string) => {
    const content = all[reference];
    return content === undefined ? undefined : { file: reference, text: content };
  };
  return parseScenario({ file: 'a.yaml', text }, read, settings);
}

export function scenario(text: string, files: Files = {}, settings: ParseSettings = {}): Scenario {
  const outcome = parse(text, files, settings);
  if (!outcome.ok) throw new Error(outcome.issues.map(formatIssue).join('\n'));
  return outcome.value;
}

/** One text an issue, as people see it. */
export function issues(text: string, files: Files = {}, settings: ParseSettings = {}): readonly string[] {
  const outcome = parse(text, files, settings);
  return outcome.ok ? [] : outcome.issues.map(formatIssue);
}

export function set(written: string): Override {
  const [path = '', value = ''] = written.split(/=(.*)/s);
  return { path: path.split('.'), value, written: `--set ${written}` };
}

/** The traffic file with one transaction `a`, whose body is the text, indented. */
const trafficFile = (body: string): string =>
  `connections: 1\nrate: 1/s\nmix: { a: 1 }\ntransactions:\n  a:\n${body.replace(/^/gm, '    ')}\n`;

export const found = (body: string) => issues(SCENARIO, { 'traffic.yaml': trafficFile(body) });
export const transaction = (body: string) =>
  scenario(SCENARIO, { 'traffic.yaml': trafficFile(body) }).traffic.transactions[0]!;
