import { readFileSync } from 'node:fs';

import { describe, expect, it } from 'vitest';

import { datasetJsonSchema, parseDataset, resolveDataset } from '#rooms/dataset/index.js';
import { formatIssue } from '#rooms/errors.js';

const text = (name: string) => ({
  file: `datasets/${name}`,
  text: readFileSync(new URL(`../../datasets/${name}`, import.meta.url), 'utf8'),
});

describe('the shop', () => {
  const parsed = parseDataset(text('shop.yaml'), (reference) => text(reference.replace('./', '')));
  if (!parsed.ok) throw new Error(parsed.issues.map(formatIssue).join('\n'));
  const { tables, notes } = resolveDataset(parsed.value, { scale: 1 });

  it('has production row counts, and nothing that was not understood', () => {
    expect(Object.fromEntries(tables.map((table) => [table.display, table.rows]))).toEqual({
      categories: 200,
      customers: 2_000_000,
      products: 200_000,
      orders: 10_000_000,
      order_items: 25_000_000,
      payments: 10_200_000,
      reviews: 3_000_000,
      events: 20_000_000,
    });
    expect(notes).toEqual([]);
  });

  it('is described by the JSON Schema that editors read', () => {
    expect(datasetJsonSchema()).toMatchObject({
      type: 'object',
      properties: {
        schema: {},
        tables: { additionalProperties: { properties: { rows: {}, per: {}, columns: {} } } },
      },
      additionalProperties: false,
    });
  });
});
